/** Changes of one frame that mutants are made of. Each leaves a frame whose checksums are right, so that only the change is wrong. */
import { crc32 } from "node:zlib";
import { flag, headerBytes, seal, tag } from "../referee/wire.ts";
import { type Change, changed, typeOf } from "./wire-mutants.ts";

export const swallow: Change = () => [];

export const twice: Change = (bytes) => [bytes, bytes];

/** The change for frames of one type. */
export const only =
  (number: number, change: Change): Change =>
  (bytes) =>
    typeOf(bytes) === number ? change(bytes) : undefined;

/** The first frame of the type passes, the others do not: by the whole run of the mutant. */
export function onlyTheFirst(number: number): () => Change {
  return () => {
    let seen = 0;
    return only(number, () => (++seen > 1 ? [] : undefined));
  };
}

export const streamOf = (bytes: Buffer): number => bytes.readUInt32BE(12);
export const argOf = (bytes: Buffer): number => bytes.readUInt32BE(20);
export const flagsOf = (bytes: Buffer): number => bytes.readUInt16BE(6);

const at16 =
  (offset: number, value: (bytes: Buffer) => number): Change =>
  (bytes) =>
    changed(bytes, (copy) => copy.writeUInt16BE(value(bytes), offset));

const at32 =
  (offset: number, value: (bytes: Buffer) => number): Change =>
  (bytes) =>
    changed(bytes, (copy) => copy.writeUInt32BE(value(bytes) >>> 0, offset));

export const withFlags = (value: (flags: number) => number): Change =>
  at16(6, (bytes) => value(flagsOf(bytes)));
export const clearing = (bits: number): Change => withFlags((flags) => flags & ~bits);
export const setting = (bits: number): Change => withFlags((flags) => flags | bits);
export const withStream = (value: (stream: number) => number): Change =>
  at32(12, (bytes) => value(streamOf(bytes)));
export const withArg = (value: (arg: number) => number): Change =>
  at32(20, (bytes) => value(argOf(bytes)));

const metaOf = (bytes: Buffer): Buffer => {
  const length = bytes.readUInt16BE(8);
  return bytes.subarray(headerBytes, headerBytes + Math.max(0, length - 4));
};

export const payloadOf = (bytes: Buffer): Buffer =>
  bytes.subarray(headerBytes + bytes.readUInt16BE(8));

function rebuilt(bytes: Buffer, meta: Buffer, payload: Buffer): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(meta));
  const block = meta.length === 0 ? meta : Buffer.concat([meta, sum]);
  const header = Buffer.from(bytes.subarray(0, headerBytes));
  header.writeUInt32BE(block.length + payload.length, 0);
  header.writeUInt16BE(block.length, 8);
  if ((flagsOf(bytes) & flag.pcrc) !== 0) header.writeUInt32BE(crc32(payload), 24);
  return Buffer.concat([seal(header), block, payload]);
}

export const withPayload =
  (payload: (before: Buffer) => Buffer): Change =>
  (bytes) => [rebuilt(bytes, metaOf(bytes), payload(payloadOf(bytes)))];

interface Tag {
  readonly number: number;
  readonly value: Buffer;
}

function tagsOf(meta: Buffer): readonly Tag[] {
  const tags: Tag[] = [];
  for (let at = 0; at < meta.length; ) {
    const number = meta.readUInt8(at);
    const short = meta.readUInt8(at + 1);
    const from = at + (short === 255 ? 4 : 2);
    const length = short === 255 ? meta.readUInt16BE(at + 2) : short;
    tags.push({ number, value: meta.subarray(from, from + length) });
    at = from + length;
  }
  return tags;
}

/** Other tags in place of the frame's; a frame without any stays as it is. */
export const withTags =
  (change: (tags: readonly Tag[]) => readonly Tag[]): Change =>
  (bytes) => {
    const meta = metaOf(bytes);
    if (meta.length === 0) return undefined;
    const tags = change(tagsOf(meta)).map(({ number, value }) => tag(number, value));
    return [rebuilt(bytes, Buffer.concat(tags), Buffer.from(payloadOf(bytes)))];
  };

export const withoutTag = (number: number): Change =>
  withTags((tags) => tags.filter((each) => each.number !== number));

/** One above: most counts of the wire. */
export const next = (value: number): number => value + 1;

/** One field of a control payload left out; what follows it stays. */
export const withoutField = (number: number): Change =>
  withPayload((payload) => {
    const kept: Buffer[] = [];
    for (const { field, bytes } of fieldsOf(payload)) if (field !== number) kept.push(bytes);
    return Buffer.concat(kept);
  });

interface Field {
  readonly field: number;
  /** With its key. */
  readonly bytes: Buffer;
}

/** Groups are in no control payload. */
function* fieldsOf(payload: Buffer): Iterable<Field> {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = payload.readUInt8(at++);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < payload.length) {
    const from = at;
    const key = varint();
    const wireType = key % 8;
    if (wireType === 0) varint();
    else if (wireType === 1) at += 8;
    else if (wireType === 2) {
      const length = varint();
      at += length;
    } else at += 4;
    yield { field: Math.floor(key / 8), bytes: payload.subarray(from, at) };
  }
}

/** Each frame of the type whose argument came before is changed, over all links. */
export function theSecondTime(number: number, change: Change): () => Change {
  return () => {
    const seen = new Set<number>();
    return only(number, (bytes) => {
      const argument = argOf(bytes);
      if (seen.has(argument)) return change(bytes);
      seen.add(argument);
      return undefined;
    });
  };
}

/** Another producer of a lane. */
export const asAnotherProducer: Change = withTags((tags) =>
  tags.map(({ number, value }) => {
    if ((number & 0x7f) !== 6) return { number, value };
    const other = Buffer.from(value);
    other.writeUInt8(other.readUInt8(0) ^ 1, 0);
    return { number, value: other };
  }),
);
