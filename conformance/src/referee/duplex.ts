/** A connection as the referee sees it: bytes in, bytes out, and its end. Every transport is one of these. */
import type { Socket } from "node:net";

export type Transport = "tcp" | "unix" | "tls" | "ws";

export interface DuplexEvents {
  data(bytes: Buffer): void;
  closed(): void;
}

export interface Duplex {
  readonly transport: Transport;
  start(events: DuplexEvents): void;
  write(bytes: Buffer): void;
  /** The orderly end of this side's bytes. */
  end(): void;
  /** The end at once, as a reset. */
  reset(): void;
  pause(): void;
  resume(): void;
}

export function socketDuplex(socket: Socket, transport: Transport): Duplex {
  socket.on("error", () => {});
  socket.setNoDelay(true);
  return {
    transport,
    start(events) {
      socket.on("data", (bytes: Buffer) => events.data(bytes));
      socket.on("close", () => events.closed());
      if (socket.destroyed) queueMicrotask(() => events.closed());
    },
    write: (bytes) => void socket.write(bytes),
    end: () => void socket.end(),
    reset: () => void (transport === "tcp" ? socket.resetAndDestroy() : socket.destroy()),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
  };
}
