/** One link of an attacker: bytes as it likes, with an ear for what the router says, or none. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type Frame, flag, frame, hello, preface, takeFrames, type } from "../../referee/wire.ts";

const CLOSED_IN_SILENCE = 0;

export class Enemy {
  readonly socket: Socket;
  /** Resolves with the code of the router's ERROR, or 0 where it closed in silence. */
  readonly over: Promise<number>;
  isOver = false;
  onFrame: (frame: Frame) => void = () => undefined;
  readonly #wakes = new Set<() => void>();
  #bytes: Buffer = Buffer.alloc(0);
  #prefaceBytes = preface.length;
  #code = CLOSED_IN_SILENCE;
  readonly #seen = new Map<number, number>();

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1" });
    this.socket.on("error", () => undefined);
    this.socket.on("data", (chunk) => this.#receive(chunk));
    this.over = new Promise((resolve) =>
      this.socket.once("close", () => {
        this.isOver = true;
        this.#wake();
        resolve(this.#code);
      }),
    );
  }

  static async welcomed(port: number): Promise<Enemy> {
    const enemy = new Enemy(port);
    await enemy.send(preface, hello);
    await enemy.heard(type.welcome);
    return enemy;
  }

  /** Frames of `wanted` heard so far. */
  count(wanted: number): number {
    return this.#seen.get(wanted) ?? 0;
  }

  /** Resolves when `count` frames of `wanted` were heard; rejects when the link ends before. */
  async heard(wanted: number, count = 1): Promise<void> {
    while (this.count(wanted) < count) {
      if (this.isOver) throw new Error(`the link ended with 0x${this.#code.toString(16)}`);
      await this.#change();
    }
  }

  /** Writes, and waits while the router does not take it; nothing once the link is over. */
  async send(...pieces: readonly Buffer[]): Promise<void> {
    if (this.isOver || this.socket.destroyed) return;
    const isTaken = this.socket.write(
      pieces.length === 1 ? (pieces[0] ?? "") : Buffer.concat(pieces),
    );
    if (!isTaken)
      await Promise.race([once(this.socket, "drain"), this.over]).catch(() => undefined);
  }

  /** Waits until the router has handled all that was sent. */
  async settled(): Promise<void> {
    const before = this.count(type.pong);
    await this.send(ping);
    while (this.count(type.pong) <= before && !this.isOver) await this.#change();
  }

  /** From now on nothing is read. */
  goDeaf(): void {
    this.socket.pause();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakes.add(resolve);
    });
  }

  #wake(): void {
    for (const wake of this.#wakes) wake();
    this.#wakes.clear();
  }

  #receive(chunk: Buffer): void {
    const skipped = Math.min(this.#prefaceBytes, chunk.length);
    this.#prefaceBytes -= skipped;
    const fresh = chunk.subarray(skipped);
    const { frames, rest } = takeFrames(
      this.#bytes.length === 0 ? fresh : Buffer.concat([this.#bytes, fresh]),
    );
    this.#bytes = rest;
    for (const heard of frames) {
      this.#seen.set(heard.type, this.count(heard.type) + 1);
      if (heard.type === type.error) this.#code = heard.arg;
      if (heard.type === type.ping && !this.isOver) this.socket.write(pong);
      this.onFrame(heard);
    }
    this.#wake();
  }
}

const pong = frame({ type: type.pong, payload: Buffer.alloc(8), flags: 0 });
export const ping: Buffer = frame({ type: type.ping, payload: Buffer.alloc(8), flags: 0 });

/** `count` welcomed links. */
export function welcomed(port: number, count: number): Promise<Enemy[]> {
  return Promise.all(Array.from({ length: count }, () => Enemy.welcomed(port)));
}

/** How many of `enemies` the router ended with `code`. */
export async function endedWith(enemies: readonly Enemy[], code: number): Promise<number> {
  const codes = await Promise.all(enemies.map((enemy) => enemy.over));
  return codes.filter((each) => each === code).length;
}

/** u64 messages and u64 bytes, as CREDIT carries them. */
export function credit(stream: number, messages: number, bytes: number): Buffer {
  const payload = Buffer.alloc(16);
  payload.writeBigUInt64BE(BigInt(messages), 0);
  payload.writeBigUInt64BE(BigInt(bytes), 8);
  return frame({ type: type.credit, stream, class: 0, flags: flag.pcrc, payload });
}
