import { readFileSync } from "node:fs";
import {
  Assembler,
  Assembly,
  codeName,
  decodeControl,
  FrameDecoder,
  FrameType,
  frameVerdict,
  HEADER_BYTES,
  isLinkType,
  linkCodeName,
  Offset,
  payloadCrcMatches,
  readCredit,
  readEventAck,
  readGap,
  readMeta,
  readPublishAck,
  readReplay,
  wire,
} from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";

interface Reject {
  readonly name: string;
  readonly what: string;
  readonly hex: string;
  readonly link?: string;
  readonly refusal?: string;
  readonly call?: string;
  readonly ignored?: true;
  readonly receiver?: "router" | "client";
}

const file = new URL("../../schema/vectors/rejects.json", import.meta.url);
const { frames } = JSON.parse(readFileSync(file, "utf8")) as { readonly frames: readonly Reject[] };

/** What a receiver past WELCOME says of these bytes, in the order of the checks. */
function judge(bytes: Uint8Array): Partial<Reject> {
  const assembler = new Assembler();
  let said: Partial<Reject> = {};
  const decoder = new FrameDecoder((buffer, view, start, end) => {
    said =
      judgeFrame(buffer, view, start) ??
      judgeControl(buffer, view, start, end) ??
      judgeMessage(assembler, buffer, view, start, end);
    return undefined;
  });
  decoder.allowFullFrames();
  const fault = decoder.push(bytes);
  return fault === undefined ? said : { link: `${linkCodeName(fault.code)}` };
}

function judgeFrame(bytes: Uint8Array, view: DataView, start: number): Partial<Reject> | undefined {
  const verdict = frameVerdict(view, start);
  if (verdict?.kind === "link") return { link: `${linkCodeName(verdict.code)}` };
  if (verdict?.kind === "refusal") return { refusal: codeName(verdict.code) };
  if (verdict?.kind === "ignore") return { ignored: true };
  const from = start + HEADER_BYTES;
  const meta = readMeta(bytes, view, from, from + view.getUint16(start + Offset.metaLength));
  if (meta.kind === "meta") return undefined;
  return isLinkType(view.getUint8(start + Offset.type))
    ? { link: `${linkCodeName(meta.linkCode)}` }
    : { refusal: codeName(meta.code) };
}

/** Payloads that are not messages: of the size that their type has, and decodable. */
function judgeControl(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
): Partial<Reject> | undefined {
  const from = start + HEADER_BYTES + view.getUint16(start + Offset.metaLength);
  const type = view.getUint8(start + Offset.type);
  const isControl = type > FrameType.PONG && type !== FrameType.OPEN && type !== FrameType.DATA;
  if (isControl && type !== FrameType.PUBLISH && type !== FrameType.EVENT)
    if (!payloadCrcMatches(bytes, view, start, end)) return { link: "PROTOCOL_ERROR" };
  const read = () => {
    switch (type) {
      case FrameType.EVACK:
        return readEventAck(view, from, end);
      case FrameType.REPLAY:
        return readReplay(view, from, end);
      case FrameType.PUBACK:
        return readPublishAck(view, from, end);
      case FrameType.GAP:
        return readGap(view, from, end);
      case FrameType.CREDIT:
        return readCredit(view, from, end);
      case FrameType.SUBSCRIBED:
        return decodeControl(wire.Subscribed, bytes.subarray(from, end));
      default:
        return undefined;
    }
  };
  const result = read();
  return result?.kind === "fault" ? { link: `${linkCodeName(result.code)}` } : undefined;
}

function judgeMessage(
  assembler: Assembler,
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
): Partial<Reject> {
  const type = view.getUint8(start + Offset.type);
  if (type !== FrameType.OPEN && type !== FrameType.DATA) return {};
  const outcome = assembler.accept(bytes, view, start, end);
  if (outcome !== Assembly.FAULT || assembler.fault === undefined) return {};
  return { call: codeName(assembler.fault.code) };
}

describe("malformed frames get the verdict that the specification names", () => {
  it.each(frames)(
    "$name: $what",
    ({ name: _name, what: _what, receiver: _receiver, hex, ...verdict }) => {
      expect(judge(Uint8Array.from(Buffer.from(hex, "hex")))).toEqual(verdict);
    },
  );
});
