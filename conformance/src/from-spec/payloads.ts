/** The few lines of protobuf and of raw payloads that the client from the specification needs. */

export const text = (value: string): Buffer => Buffer.from(value, "utf8");

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

/** One field: a number is a varint, anything else has a length. */
export function field(number: number, value: number | string | Uint8Array): Buffer {
  if (typeof value === "number") return Buffer.from([...varint(number * 8), ...varint(value)]);
  const bytes = typeof value === "string" ? text(value) : value;
  return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes]);
}

export const message = (...fields: readonly Buffer[]): Buffer => Buffer.concat(fields);

/** The fields of a message: numbers of varints, bytes of the rest; 32 and 64 bits wide ones are left out. */
export function fieldsOf(bytes: Buffer): ReadonlyMap<number, readonly (number | Buffer)[]> {
  const fields = new Map<number, (number | Buffer)[]>();
  let at = 0;
  const read = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes.readUInt8(at++);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = read();
    const number = Math.floor(tag / 8);
    const kind = tag % 8;
    const size = kind === 2 ? read() : kind === 1 ? 8 : 4;
    const value = kind === 0 ? read() : bytes.subarray(at, at + size);
    if (kind !== 0) at += size;
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  return fields;
}

/** WIRE-19: a position, of SUBSCRIBE and SUBSCRIBED. */
export const position = (topic: string, epoch: number, sequence: number): Buffer =>
  message(field(1, topic), field(2, epoch), field(3, sequence));

/** WIRE-10.4. */
export function credit(messages: number, bytes: number): Buffer {
  const payload = Buffer.alloc(16);
  payload.writeBigUInt64BE(BigInt(messages), 0);
  payload.writeBigUInt64BE(BigInt(bytes), 8);
  return payload;
}

/** Tag 06 of the first PUBLISH of a lane (WIRE-18.2). */
export function producer(id: Uint8Array, epoch: number, sequence: number): Buffer {
  const value = Buffer.alloc(28);
  value.set(id, 0);
  value.writeUInt32BE(epoch, 16);
  value.writeBigUInt64BE(BigInt(sequence), 20);
  return value;
}

export interface Answer {
  readonly code: number;
  readonly reason: number;
  readonly epoch: number;
  readonly sequence: number;
}

/** PUBACK (WIRE-18.6). */
export function answerOf(payload: Buffer): Answer {
  return {
    code: payload.readUInt8(1),
    reason: payload.readUInt8(0),
    epoch: payload.readUInt32BE(2),
    sequence: Number(payload.readBigUInt64BE(6)),
  };
}

export interface Place {
  readonly epoch: number;
  readonly sequence: number;
}

/** Tag 07 of EVENT (WIRE-17.4). */
export function placeOf(value: Buffer | undefined): Place | undefined {
  if (value === undefined) return undefined;
  return { epoch: value.readUInt32BE(0), sequence: Number(value.readBigUInt64BE(4)) };
}

export interface Gap {
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly reason: number;
}

/** GAP (WIRE-19.10). */
export function gapOf(payload: Buffer): Gap {
  return {
    epoch: payload.readUInt32BE(0),
    from: Number(payload.readBigUInt64BE(4)),
    to: Number(payload.readBigUInt64BE(12)),
    count: payload.readUInt32BE(20),
    reason: payload.readUInt8(24),
  };
}

/** REPLAY (WIRE-19.14). */
export function replay(epoch: number, from: number, to: number, most: number): Buffer {
  const payload = Buffer.alloc(24);
  payload.writeUInt32BE(epoch, 0);
  payload.writeBigUInt64BE(BigInt(from), 4);
  payload.writeBigUInt64BE(BigInt(to), 12);
  payload.writeUInt32BE(most, 20);
  return payload;
}
