/** Meta blocks as the referee writes and reads them: rows of tags. It checks nothing but that the row is whole. */
import { tag } from "./wire.ts";

export type Pair = readonly [key: string, value: string | { readonly b64: string }];

export interface MetaParts {
  readonly name?: string;
  readonly user?: readonly Pair[];
  /** Any other tag, with its value as hex. */
  readonly tags?: readonly (readonly [number: number, hex: string])[];
}

const valueBytes = (value: Pair[1]): Buffer =>
  typeof value === "string" ? Buffer.from(value) : Buffer.from(value.b64, "base64");

export function metaBytes({ name, user = [], tags = [] }: MetaParts): Buffer {
  return Buffer.concat([
    ...(name === undefined ? [] : [tag(1, Buffer.from(name))]),
    ...tags.map(([number, hex]) => tag(number, Buffer.from(hex, "hex"))),
    ...user.map(([key, value]) =>
      tag(5, Buffer.concat([Buffer.from([key.length]), Buffer.from(key), valueBytes(value)])),
    ),
  ]);
}

export interface MetaRead {
  readonly name?: string;
  readonly user: readonly Pair[];
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
  return { user, tags, ...(name === undefined ? {} : { name }) };
}

function pairOf(value: Buffer): Pair {
  const length = value[0] ?? 0;
  const key = value.toString("latin1", 1, 1 + length);
  const rest = value.subarray(1 + length);
  return [key, key.endsWith("-bin") ? { b64: rest.toString("base64") } : rest.toString("utf8")];
}
