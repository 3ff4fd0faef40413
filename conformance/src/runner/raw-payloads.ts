/** Payloads that are no protobuf, and the nested parts of SUBSCRIBE and SUBSCRIBED: as cases spell them, and as they are told. */
import { decodeFields } from "../referee/protobuf.ts";
import { type Frame, type } from "../referee/wire.ts";
import { codes, reasons } from "./codes.ts";

type Words = Readonly<Record<string, unknown>>;

const PUBACK_BYTES = 14;
const GAP_BYTES = 25;
const REPLAY_BYTES = 24;
const NACK = 1;

const number = (word: unknown): number => (typeof word === "number" ? word : 0);
const coded = (word: unknown, table: Readonly<Record<string, number>>): number =>
  typeof word === "string" ? (table[word] ?? 0) : number(word);

/** Undefined where the words are none of these payloads. */
export function rawPayload({ puback, gap, evack, replay }: Words): Buffer | undefined {
  if (puback !== undefined) return pubackBytes(puback as Words);
  if (gap !== undefined) return gapBytes(gap as Words);
  if (evack !== undefined) return evackBytes(evack);
  return replay === undefined ? undefined : replayBytes(replay as Words);
}

function pubackBytes({ code = 0, reason = 0, epoch, sequence }: Words): Buffer {
  const bytes = Buffer.alloc(PUBACK_BYTES);
  bytes.writeUInt16BE((coded(reason, reasons) << 8) | coded(code, codes), 0);
  bytes.writeUInt32BE(number(epoch), 2);
  bytes.writeBigUInt64BE(BigInt(number(sequence)), 6);
  return bytes;
}

function gapBytes({ epoch, from, to, count, reason }: Words): Buffer {
  const bytes = Buffer.alloc(GAP_BYTES);
  bytes.writeUInt32BE(number(epoch), 0);
  bytes.writeBigUInt64BE(BigInt(number(from)), 4);
  bytes.writeBigUInt64BE(BigInt(number(to)), 12);
  bytes.writeUInt32BE(number(count), 20);
  bytes.writeUInt8(number(reason), 24);
  return bytes;
}

/** A kind alone, or `{nack: delay}`. */
function evackBytes(word: unknown): Buffer {
  if (typeof word === "number") return Buffer.from([word]);
  const bytes = Buffer.alloc(5);
  bytes.writeUInt8(NACK, 0);
  bytes.writeUInt32BE(number((word as Words).nack), 1);
  return bytes;
}

function replayBytes({ epoch, from, to, most }: Words): Buffer {
  const bytes = Buffer.alloc(REPLAY_BYTES);
  bytes.writeUInt32BE(number(epoch), 0);
  bytes.writeBigUInt64BE(BigInt(number(from)), 4);
  bytes.writeBigUInt64BE(BigInt(number(to)), 12);
  bytes.writeUInt32BE(number(most), 20);
  return bytes;
}

const named = (table: Readonly<Record<string, number>>, value: number): string | number =>
  Object.keys(table).find((name) => table[name] === value) ?? value;

/** What the payload of this type of frame says, in words. */
export function rawTold({ type: kind, payload }: Frame): Words {
  if (kind === type.puback && payload.length === PUBACK_BYTES) {
    const packed = payload.readUInt16BE(0);
    const reason = packed >> 8;
    return {
      puback: {
        code: named(codes, packed & 255),
        ...(reason === 0 ? {} : { reason: named(reasons, reason) }),
        epoch: payload.readUInt32BE(2),
        sequence: Number(payload.readBigUInt64BE(6)),
      },
    };
  }
  if (kind === type.gap && payload.length === GAP_BYTES)
    return {
      gap: {
        epoch: payload.readUInt32BE(0),
        from: Number(payload.readBigUInt64BE(4)),
        to: Number(payload.readBigUInt64BE(12)),
        count: payload.readUInt32BE(20),
        reason: payload.readUInt8(24),
      },
    };
  if (kind === type.evack && payload.length > 0) {
    const delay = payload.length === 5 ? { delay: payload.readUInt32BE(1) } : {};
    return { evack: { kind: payload[0], ...delay } };
  }
  if (kind === type.subscribe) return { start: startTold(payload) };
  return kind === type.subscribed ? { positions: positionsTold(payload, 2) } : {};
}

function startTold(payload: Buffer): Words | undefined {
  const start = decodeFields(payload)?.[5]?.[0];
  if (!Buffer.isBuffer(start)) return undefined;
  const fields = decodeFields(start) ?? {};
  return { kind: fields[1]?.[0] ?? 0, age: fields[3]?.[0], positions: positionsTold(start, 2) };
}

function positionsTold(payload: Buffer, field: number): readonly Words[] {
  return (decodeFields(payload)?.[field] ?? []).flatMap((each) => {
    const fields = Buffer.isBuffer(each) ? decodeFields(each) : undefined;
    if (fields === undefined) return [];
    const { 1: topic, 2: epoch, 3: sequence } = fields;
    return [{ topic: String(topic?.[0]), epoch: epoch?.[0] ?? 0, sequence: sequence?.[0] ?? 0 }];
  });
}
