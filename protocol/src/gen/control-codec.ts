import type { MessageType } from "@nexus-bridge/codec";

export type ControlType<T, Init> = Omit<MessageType<T, Init>, "write" | "read" | "fingerprint">;

interface Field {
  readonly name: string;
  readonly number: number;
  readonly kind: "uint32" | "uint64" | "fixed64" | "bool" | "string" | "bytes" | (() => ControlType<unknown, unknown>);
  readonly repeated: boolean;
}
type Values = Record<string, unknown>;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function controlType<T, Init>(
  typeName: string,
  fields: readonly (Omit<Field, "kind"> & { readonly kind: Field["kind"] | (() => ControlType<never, never>) })[],
): ControlType<T, Init> {
  const table = fields as readonly Field[];
  return {
    typeName,
    create: (init) => create(table, (init ?? {}) as Values) as T,
    encode: (message) => Uint8Array.from(encode(table, message as Values)),
    decode: (bytes) => decode(table, bytes) as T,
  };
}

function create(fields: readonly Field[], init: Values): Values {
  const made: Values = {};
  for (const field of fields) {
    const given = init[field.name];
    const make = (value: unknown) => (typeof field.kind === "function" ? field.kind().create(value) : value);
    if (field.repeated) made[field.name] = ((given ?? []) as unknown[]).map(make);
    else if (given !== undefined) made[field.name] = make(given);
    else if (typeof field.kind !== "function") made[field.name] = zero(field.kind);
  }
  return made;
}

function zero(kind: Exclude<Field["kind"], () => unknown>): unknown {
  switch (kind) {
    case "uint32":
      return 0;
    case "uint64":
    case "fixed64":
      return 0n;
    case "bool":
      return false;
    case "string":
      return "";
    case "bytes":
      return new Uint8Array(0);
  }
}

function varint(out: number[], value: bigint): void {
  let rest = value;
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128);
  out.push(Number(rest));
}

function encode(fields: readonly Field[], message: Values): number[] {
  const out: number[] = [];
  for (const field of fields) {
    const value = message[field.name];
    if (value === undefined) continue;
    if (field.repeated && field.kind === "uint32") {
      const packed: number[] = [];
      for (const each of value as number[]) varint(packed, BigInt(each));
      if (packed.length > 0) delimited(out, field.number, packed);
    } else if (field.repeated) for (const each of value as unknown[]) one(out, field, each, true);
    else one(out, field, value, false);
  }
  return out;
}

function delimited(out: number[], number: number, bytes: Iterable<number> & { length: number }): void {
  varint(out, BigInt(number * 8 + 2));
  varint(out, BigInt(bytes.length));
  for (const byte of bytes) out.push(byte);
}

function one(out: number[], field: Field, value: unknown, always: boolean): void {
  const { kind, number } = field;
  if (typeof kind === "function") return delimited(out, number, kind().encode(value));
  if (kind === "string" || kind === "bytes") {
    const bytes = kind === "string" ? encoder.encode(value as string) : (value as Uint8Array);
    if (always || bytes.length > 0) delimited(out, number, bytes);
    return;
  }
  const whole = BigInt(value as bigint | number | boolean);
  if (whole === 0n) return;
  if (kind === "fixed64") {
    varint(out, BigInt(number * 8 + 1));
    for (let shift = 0n; shift < 64n; shift += 8n) out.push(Number((whole >> shift) & 255n));
    return;
  }
  varint(out, BigInt(number * 8));
  varint(out, whole);
}

function decode(fields: readonly Field[], bytes: Uint8Array): Values {
  const message = create(fields, {});
  let at = 0;
  const take = (count: number): Uint8Array => {
    if (at + count > bytes.length) throw new RangeError("a control payload is cut off");
    at += count;
    return bytes.subarray(at - count, at);
  };
  const read = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = take(1)[0] as number;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    throw new RangeError("a varint of a control payload is too long");
  };
  while (at < bytes.length) {
    const key = Number(read());
    const field = fields.find((each) => each.number === key >>> 3);
    const wire = key & 7;
    let raw: bigint | Uint8Array;
    if (wire === 0) raw = read();
    else if (wire === 1) raw = new DataView(take(8).slice().buffer).getBigUint64(0, true);
    else if (wire === 2) raw = take(Number(read()));
    else if (wire === 5) raw = take(4);
    else throw new RangeError(`a control payload has wire type ${wire}`);
    if (field === undefined) continue;
    if (field.repeated && field.kind === "uint32" && raw instanceof Uint8Array) {
      let value = 0;
      let shift = 0;
      for (const byte of raw) {
        value |= (byte & 127) << shift;
        shift += 7;
        if (byte >= 128) continue;
        (message[field.name] as number[]).push(value >>> 0);
        value = 0;
        shift = 0;
      }
      continue;
    }
    const value = convert(field, raw);
    if (field.repeated) (message[field.name] as unknown[]).push(value);
    else message[field.name] = value;
  }
  return message;
}

function convert(field: Field, raw: bigint | Uint8Array): unknown {
  const { kind } = field;
  if (raw instanceof Uint8Array) {
    if (typeof kind === "function") return kind().decode(raw);
    if (kind === "string") return decoder.decode(raw);
    if (kind === "bytes") return raw.slice();
  } else {
    if (kind === "uint32") return Number(BigInt.asUintN(32, raw));
    if (kind === "uint64" || kind === "fixed64") return raw;
    if (kind === "bool") return raw !== 0n;
  }
  throw new RangeError(`field ${field.name} of a control payload has a wrong wire type`);
}
