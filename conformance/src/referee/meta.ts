/** Meta blocks as the referee writes and reads them: rows of tags. It checks nothing but that the row is whole. */
import { tag } from "./wire.ts";

export type Pair = readonly [key: string, value: string | { readonly b64: string }];

/** 16 bytes as hex, and two numbers. */
export interface Producer {
  readonly id: string;
  readonly epoch: number;
  readonly sequence: number;
}

export type Position = readonly [epoch: number, sequence: number];

export interface MetaParts {
  readonly name?: string;
  readonly user?: readonly Pair[];
  /** Tag 06. */
  readonly producer?: Producer;
  /** Tag 07. */
  readonly position?: Position;
  /** Any other tag, with its value as hex. */
  readonly tags?: readonly (readonly [number: number, hex: string])[];
}

const valueBytes = (value: Pair[1]): Buffer =>
  typeof value === "string" ? Buffer.from(value) : Buffer.from(value.b64, "base64");

function placeBytes(epoch: number, sequence: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(epoch, 0);
  bytes.writeBigUInt64BE(BigInt(sequence), 4);
  return bytes;
}

const producerBytes = ({ id, epoch, sequence }: Producer): Buffer =>
  Buffer.concat([Buffer.from(id, "hex"), placeBytes(epoch, sequence)]);

export function metaBytes({ name, user = [], tags = [], ...rest }: MetaParts): Buffer {
  const { producer, position } = rest;
  return Buffer.concat([
    ...(name === undefined ? [] : [tag(1, Buffer.from(name))]),
    ...(producer === undefined ? [] : [tag(6, producerBytes(producer))]),
    ...(position === undefined ? [] : [tag(7, placeBytes(...position))]),
    ...tags.map(([number, hex]) => tag(number, Buffer.from(hex, "hex"))),
    ...user.map(([key, value]) =>
      tag(5, Buffer.concat([Buffer.from([key.length]), Buffer.from(key), valueBytes(value)])),
    ),
  ]);
}

export interface MetaRead {
  readonly name?: string;
  readonly user: readonly Pair[];
  readonly producer?: Producer;
  readonly position?: Position;
  /** Hex by tag number, critical bit included. */
  readonly tags: Readonly<Record<string, string>>;
}

/** Undefined where a tag is cut off. */
export function readMeta(bytes: Buffer): MetaRead | undefined {
  let name: string | undefined;
  const user: Pair[] = [];
  const tags: Record<string, string> = {};
  let at = 0;
  while (at < bytes.length) {
    const number = bytes[at] ?? 0;
    const short = bytes[at + 1];
    if (short === undefined) return undefined;
    const isLong = short === 255;
    if (isLong && at + 4 > bytes.length) return undefined;
    const length = isLong ? bytes.readUInt16BE(at + 2) : short;
    const from = at + (isLong ? 4 : 2);
    const value = bytes.subarray(from, from + length);
    if (value.length < length) return undefined;
    at = from + length;
    if (number === 1) name = value.toString("utf8");
    else if (number === 5) user.push(pairOf(value));
    else tags[String(number)] = value.toString("hex");
  }
  return { user, tags, ...placesOf(tags), ...(name === undefined ? {} : { name }) };
}

function placesOf(tags: Readonly<Record<string, string>>): Pick<MetaRead, "producer" | "position"> {
  const place = (hex: string): Position => {
    const bytes = Buffer.from(hex, "hex");
    return [bytes.readUInt32BE(0), Number(bytes.readBigUInt64BE(4))];
  };
  const { 6: producer, 7: position } = tags;
  const [epoch, sequence] = producer?.length === 56 ? place(producer.slice(32)) : [0, 0];
  return {
    ...(producer?.length === 56 && { producer: { id: producer.slice(0, 32), epoch, sequence } }),
    ...(position?.length === 24 && { position: place(position) }),
  };
}

function pairOf(value: Buffer): Pair {
  const length = value[0] ?? 0;
  const key = value.toString("latin1", 1, 1 + length);
  const rest = value.subarray(1 + length);
  return [key, key.endsWith("-bin") ? { b64: rest.toString("base64") } : rest.toString("utf8")];
}
