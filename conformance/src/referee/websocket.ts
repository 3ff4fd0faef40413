/**
 * The server's side of a WebSocket, as far as Nexus links use it: one binary message for each write, pings answered. Written
 * from RFC 6455 so that no library hides what a client sends.
 */
import { createHash } from "node:crypto";
import type { Socket } from "node:net";
import type { Duplex, DuplexEvents } from "./duplex.ts";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const opcode = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface UpgradeSeen {
  readonly headers: ReadonlyMap<string, string>;
}

/** Reads the upgrade request that begins `head`; undefined while it is not whole. */
export function readUpgrade(head: Buffer): { seen: UpgradeSeen; rest: Buffer } | undefined {
  const end = head.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const headers = new Map<string, string>();
  for (const line of head.toString("latin1", 0, end).split("\r\n").slice(1)) {
    const colon = line.indexOf(":");
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { seen: { headers }, rest: head.subarray(end + 4) };
}

export function acceptUpgrade(socket: Socket, { headers }: UpgradeSeen): void {
  const accept = createHash("sha1")
    .update(`${headers.get("sec-websocket-key")}${GUID}`)
    .digest("base64");
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      `Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: nexus.v1.bin\r\n\r\n`,
  );
}

function message(kind: number, bytes: Buffer): Buffer {
  const { length } = bytes;
  const head = length < 126 ? Buffer.alloc(2) : Buffer.alloc(length < 0x10000 ? 4 : 10);
  head[0] = 0x80 | kind;
  if (length < 126) head[1] = length;
  else if (length < 0x10000) {
    head[1] = 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, bytes]);
}

interface Message {
  readonly kind: number;
  readonly bytes: Buffer;
  readonly end: number;
}

/** One masked message off the front of `bytes`; undefined while it is not whole. */
function takeMessage(bytes: Buffer): Message | undefined {
  if (bytes.length < 6) return undefined;
  const short = bytes.readUInt8(1) & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  if (bytes.length < 6 + lengthBytes) return undefined;
  const length =
    short === 126
      ? bytes.readUInt16BE(2)
      : short === 127
        ? Number(bytes.readBigUInt64BE(2))
        : short;
  const from = 6 + lengthBytes;
  if (bytes.length < from + length) return undefined;
  const mask = bytes.subarray(from - 4, from);
  const plain = Buffer.from(bytes.subarray(from, from + length));
  for (let at = 0; at < plain.length; at++)
    plain.writeUInt8(plain.readUInt8(at) ^ mask.readUInt8(at & 3), at);
  return { kind: bytes.readUInt8(0) & 15, bytes: plain, end: from + length };
}

export function webSocketDuplex(socket: Socket, first: Buffer): Duplex {
  let held = first;
  let events: DuplexEvents | undefined;
  const take = (): void => {
    for (let next = takeMessage(held); next !== undefined; next = takeMessage(held)) {
      held = held.subarray(next.end);
      if (next.kind === opcode.ping) socket.write(message(opcode.pong, next.bytes));
      else if (next.kind === opcode.close) socket.end(message(opcode.close, next.bytes));
      else if (next.kind === opcode.binary) events?.data(next.bytes);
    }
  };
  return {
    transport: "ws",
    start(listener) {
      events = listener;
      socket.on("data", (chunk: Buffer) => {
        held = Buffer.concat([held, chunk]);
        take();
      });
      socket.on("close", () => listener.closed());
      if (socket.destroyed) queueMicrotask(() => listener.closed());
      take();
    },
    write: (bytes) => void socket.write(message(opcode.binary, bytes)),
    end: () => void socket.end(message(opcode.close, Buffer.from([0x03, 0xe8]))),
    reset: () => void socket.resetAndDestroy(),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
  };
}
