/**
 * A client written from protocol/SPEC.md alone, on a bare socket: what it had to guess is missing there. Every rule it rests on
 * is named by its clause. It does no more than its test needs, and nothing quickly.
 */
import { connect, type Socket } from "node:net";
import { crc32 } from "node:zlib";

const preface = Buffer.from("894e58530d0a1a0a", "hex");
const HEADER_BYTES = 32;
const END = 1;
const MORE = 2;
const PCRC = 4;

export const flag = { END, MORE, RETAIN: 16, DUP: 32, NOEXEC: 256 } as const;

/** WIRE-4: the types by number. */
export const type = {
  HELLO: 0x01,
  WELCOME: 0x02,
  PING: 0x04,
  PONG: 0x05,
  GOAWAY: 0x06,
  ERROR: 0x07,
  ALIAS: 0x08,
  CLOSE: 0x0b,
  OPEN: 0x10,
  DATA: 0x11,
  STATUS: 0x12,
  CANCEL: 0x13,
  CREDIT: 0x14,
  HEADERS: 0x15,
  SUBSCRIBE: 0x20,
  SUBSCRIBED: 0x21,
  UNSUBSCRIBE: 0x22,
  UNSUBSCRIBED: 0x23,
  PUBLISH: 0x24,
  PUBACK: 0x25,
  EVENT: 0x26,
  EVACK: 0x27,
  GAP: 0x29,
  REPLAY: 0x2a,
  REGISTER: 0x30,
  REGISTERED: 0x31,
} as const;

export interface Sent {
  readonly type: number;
  readonly flags?: number;
  readonly class?: number;
  readonly stream?: number;
  readonly route?: number;
  readonly arg?: number;
  readonly meta?: readonly (readonly [tag: number, value: Uint8Array])[];
  /** Present and empty is an empty message (WIRE-8.1). */
  readonly payload?: Uint8Array;
  /** The fragments before it (WIRE-9.4). */
  readonly crcBefore?: number;
}

export interface Received {
  readonly type: number;
  readonly flags: number;
  readonly class: number;
  readonly hops: number;
  readonly stream: number;
  readonly route: number;
  readonly arg: number;
  readonly meta: ReadonlyMap<number, Buffer>;
  readonly payload: Buffer;
}

/** WIRE-2.1 to 2.5. */
export function encode(sent: Sent): Buffer {
  const meta = encodeMeta(sent.meta ?? []);
  const payload = sent.payload ?? Buffer.alloc(0);
  const isLink = sent.type <= 0x0b;
  const isControl =
    isLink || sent.type === type.CREDIT || sent.type === type.CANCEL || sent.type === type.EVACK;
  const hasCrc = sent.payload !== undefined && sent.type >= type.GOAWAY;
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(meta.length + payload.length, 0);
  header.writeUInt8(0x10, 4);
  header.writeUInt8(sent.type, 5);
  header.writeUInt16BE((sent.flags ?? 0) | (hasCrc ? PCRC : 0), 6);
  header.writeUInt16BE(meta.length, 8);
  header.writeUInt8(sent.class ?? (isControl ? 0 : 0x80), 10);
  header.writeUInt8(isLink ? 1 : 16, 11);
  header.writeUInt32BE(sent.stream ?? 0, 12);
  header.writeUInt32BE(sent.route ?? 0, 16);
  header.writeUInt32BE(sent.arg ?? 0, 20);
  header.writeUInt32BE(hasCrc ? crc32(payload, sent.crcBefore ?? 0) : 0, 24);
  header.writeUInt32BE(crc32(header.subarray(0, 28)), 28);
  return Buffer.concat([header, meta, payload]);
}

/** WIRE-3.1: tag, length, value, and the CRC behind all. */
function encodeMeta(fields: readonly (readonly [number, Uint8Array])[]): Buffer {
  if (fields.length === 0) return Buffer.alloc(0);
  const parts = fields.flatMap(([tag, value]) => {
    const long = [255, value.length >> 8, value.length & 255];
    return [Buffer.from([tag, ...(value.length < 255 ? [value.length] : long)]), value];
  });
  const body = Buffer.concat(parts);
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(body));
  return Buffer.concat([body, crc]);
}

function decodeMeta(block: Buffer): ReadonlyMap<number, Buffer> {
  const fields = new Map<number, Buffer>();
  if (block.length === 0) return fields;
  const end = block.length - 4;
  if (crc32(block.subarray(0, end)) !== block.readUInt32BE(end)) throw new Error("meta CRC");
  for (let at = 0; at < end; ) {
    const tag = block.readUInt8(at) & 0x7f;
    let size = block.readUInt8(at + 1);
    at += 2;
    if (size === 255) {
      size = block.readUInt16BE(at);
      at += 2;
    }
    fields.set(tag, block.subarray(at, at + size));
    at += size;
  }
  return fields;
}

export class Client {
  readonly #socket: Socket;
  readonly #frames: Received[] = [];
  readonly #aliases = new Map<number, string>();
  #bytes = Buffer.alloc(0);
  #wake: (() => void) | undefined;
  #isClosed = false;
  /** WIRE-6.1: odd, from 1, plus 2. */
  #nextId = 1;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes) => this.#received(bytes));
    socket.on("close", () => {
      this.#isClosed = true;
      this.#wake?.();
    });
    socket.on("error", () => undefined);
  }

  /** WIRE-1.1: preface and HELLO in one write; the preface comes back before any frame. */
  static async connect(port: number, hello: Uint8Array): Promise<readonly [Client, Received]> {
    const socket = connect(port, "127.0.0.1");
    const client = new Client(socket);
    socket.write(Buffer.concat([preface, encode({ type: type.HELLO, payload: hello })]));
    await client.#until(() => client.#bytes.length >= preface.length);
    if (!client.#bytes.subarray(0, 8).equals(preface)) throw new Error("no preface");
    client.#bytes = client.#bytes.subarray(8);
    client.#hasPreface = true;
    client.#parse();
    return [client, await client.next(type.WELCOME)];
  }
  #hasPreface = false;

  takeId(): number {
    this.#nextId += 2;
    return this.#nextId - 2;
  }

  send(...frames: readonly Sent[]): void {
    this.#socket.write(Buffer.concat(frames.map(encode)));
  }

  /** The next frame of `wanted` on `stream`; CREDIT and ALIAS are taken note of, PING is answered. */
  async next(wanted: number, stream = 0): Promise<Received> {
    const find = () =>
      this.#frames.findIndex((each) => each.stream === stream && each.type === wanted);
    await this.#until(() => find() >= 0);
    const [frame] = this.#frames.splice(find(), 1);
    if (frame === undefined) throw new Error("unreachable: it was found");
    return frame;
  }

  /** The next frame of any type on a stream that is not the link. */
  async nextOpened(wanted: number): Promise<Received> {
    const find = () => this.#frames.findIndex((each) => each.type === wanted);
    await this.#until(() => find() >= 0);
    const [frame] = this.#frames.splice(find(), 1);
    if (frame === undefined) throw new Error("unreachable: it was found");
    return frame;
  }

  has(wanted: number, stream: number): boolean {
    return this.#frames.some((each) => each.stream === stream && each.type === wanted);
  }

  /** WIRE-3.9: by route if it is not 0, else by tag 01. */
  nameOf(frame: Received): string | undefined {
    return frame.route === 0 ? frame.meta.get(0x01)?.toString() : this.#aliases.get(frame.route);
  }

  /** Bytes as they are, for what no client would send. */
  sendRaw(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** The link code of the router's ERROR, once it has closed (WIRE-5.4). */
  async ended(): Promise<number | undefined> {
    await this.#until(
      () => this.#isClosed || this.#frames.some((each) => each.type === type.ERROR),
    );
    return this.#frames.find((each) => each.type === type.ERROR)?.arg;
  }

  /** WIRE-5.5. */
  async close(): Promise<void> {
    this.send({ type: type.CLOSE, arg: 0x100 });
    this.#socket.end();
    await this.#until(() => this.#isClosed).catch(() => undefined);
  }

  #received(bytes: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    if (this.#hasPreface) this.#parse();
    this.#wake?.();
  }

  #parse(): void {
    while (this.#bytes.length >= HEADER_BYTES) {
      const header = this.#bytes.subarray(0, HEADER_BYTES);
      if (crc32(header.subarray(0, 28)) !== header.readUInt32BE(28)) throw new Error("header CRC");
      const end = HEADER_BYTES + header.readUInt32BE(0);
      if (this.#bytes.length < end) return;
      this.#take(decode(this.#bytes.subarray(0, end)));
      this.#bytes = this.#bytes.subarray(end);
    }
  }

  #take(frame: Received): void {
    if (frame.type === type.PING) {
      this.send({ type: type.PONG, payload: frame.payload });
    } else if (frame.type === type.ALIAS) {
      if (frame.arg === 0) this.#aliases.set(frame.route, frame.meta.get(0x01)?.toString() ?? "");
      if (frame.arg === 1) {
        this.#aliases.delete(frame.route);
        this.send({ type: type.ALIAS, route: frame.route, arg: 2 });
      }
    } else this.#frames.push(frame);
  }

  async #until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      if (this.#isClosed) throw new Error(`closed: ${this.#lastWords()}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #lastWords(): string {
    const error = this.#frames.find((each) => each.type === type.ERROR);
    return error === undefined ? "without ERROR" : `ERROR ${error.arg} ${error.payload}`;
  }
}

function decode(bytes: Buffer): Received {
  const metaEnd = HEADER_BYTES + bytes.readUInt16BE(8);
  return {
    type: bytes.readUInt8(5),
    flags: bytes.readUInt16BE(6),
    class: bytes.readUInt8(10),
    hops: bytes.readUInt8(11),
    stream: bytes.readUInt32BE(12),
    route: bytes.readUInt32BE(16),
    arg: bytes.readUInt32BE(20),
    meta: decodeMeta(Buffer.from(bytes.subarray(HEADER_BYTES, metaEnd))),
    payload: Buffer.from(bytes.subarray(metaEnd)),
  };
}
