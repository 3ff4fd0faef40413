/**
 * What the router must know of a client's meta before it forwards it: that it is whole, that nothing in it is a router's, and
 * where the few fields lie that a router reads. Everything else stays bytes.
 */
import {
  Code,
  HEADER_BYTES,
  limits,
  type MetaFault,
  metaCrcFault,
  metaCrcMatches,
  metaMalformed,
  scanMeta,
  Tag,
  valueFault,
} from "@nexus-bridge/protocol";
import type { Frame } from "./frame.ts";

/** The fields of the block checked last; valid until the next check. Offsets are into the frame's bytes. */
export interface MetaFields {
  nameStart: number;
  nameEnd: number;
  hasName: boolean;
  hasCredit: boolean;
  creditStart: number;
  /** 0 where there is none: a ttl of 0 has expired already. */
  ttlStart: number;
  /** 0 where there is none. */
  traceStart: number;
  /** 0 where there is none. */
  fingerprintStart: number;
  hasProducer: boolean;
  /** An ordering key, which may be empty. */
  hasKey: boolean;
  keyStart: number;
  keyEnd: number;
  producerStart: number;
}

const fields: MetaFields = {
  nameStart: 0,
  nameEnd: 0,
  hasName: false,
  hasCredit: false,
  creditStart: 0,
  ttlStart: 0,
  traceStart: 0,
  fingerprintStart: 0,
  hasProducer: false,
  hasKey: false,
  keyStart: 0,
  keyEnd: 0,
  producerStart: 0,
};
let users = 0;
/** Where the block that is being checked lies. */
let block: Uint8Array = new Uint8Array(0);

const forbidden = new Map<number, string>([
  [Tag.POSITION, "position"],
  [Tag.PRINCIPAL, "principal"],
  [Tag.INGRESS_TIME, "ingress time"],
  [Tag.ORIGIN, "origin"],
  [Tag.DEAD_LETTER_REASON, "dead-letter reason"],
]);

/** The fault of the frame's meta block, or undefined; then the fields are in {@link metaFields}. */
export function checkMeta(frame: Frame): MetaFault | undefined {
  fields.hasName = false;
  fields.hasCredit = false;
  fields.hasProducer = false;
  fields.hasKey = false;
  fields.ttlStart = 0;
  fields.traceStart = 0;
  fields.fingerprintStart = 0;
  users = 0;
  if (frame.metaLength === 0) return undefined;
  const start = frame.start + HEADER_BYTES;
  const end = frame.payloadStart;
  if (!metaCrcMatches(frame.bytes, frame.view, start, end)) return metaCrcFault();
  if (frame.metaLength > limits.clientMetaBytes) {
    return metaMalformed(
      `${frame.metaLength} bytes, a client may send at most ${limits.clientMetaBytes}`,
    );
  }
  block = frame.bytes;
  return scanMeta(frame.bytes, frame.view, start, end, visit);
}

export const metaFields: Readonly<MetaFields> = fields;

function visit(tagByte: number, from: number, to: number): MetaFault | undefined {
  const tag = tagByte & 0x7f;
  // Whoever reads the block in the end finds it sound, or never gets it.
  const fault = valueFault(block, tag, from, to);
  if (fault !== undefined) return fault;
  switch (tag) {
    case Tag.NAME:
      fields.hasName = true;
      fields.nameStart = from;
      fields.nameEnd = to;
      return to === from ? metaMalformed("an empty name") : undefined;
    case Tag.USER:
      users++;
      return users > limits.userPairs
        ? metaMalformed(`more than ${limits.userPairs} user pairs`)
        : undefined;
    case Tag.INITIAL_CREDIT:
      fields.hasCredit = true;
      fields.creditStart = from;
      return undefined;
    case Tag.TTL:
      fields.ttlStart = from;
      return undefined;
    case Tag.TRACE:
      fields.traceStart = from;
      return undefined;
    case Tag.FINGERPRINT:
      fields.fingerprintStart = from;
      return undefined;
    case Tag.ORDERING_KEY:
      fields.hasKey = true;
      fields.keyStart = from;
      fields.keyEnd = to;
      return undefined;
    case Tag.PRODUCER:
      fields.hasProducer = true;
      fields.producerStart = from;
      return undefined;
    default: {
      const name = forbidden.get(tag);
      if (name === undefined) return undefined;
      return { ...metaMalformed(`only routers say the ${name}`), code: Code.INVALID_ARGUMENT };
    }
  }
}
