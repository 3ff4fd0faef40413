/**
 * A connected, ordered, reliable pipe of bytes, whatever carries it. The protocol speaks through this interface alone;
 * TCP, Unix sockets, WebSocket and memory implement it.
 */

export interface ChannelEvents {
  /** The bytes are valid only during the call: copy what must live longer. */
  data(bytes: Uint8Array): void;
  /** The peer will send no more; what was written may still be delivered. */
  ended(): void;
  /** Called exactly once, after which nothing else is. `cause` is absent for an orderly close. */
  closed(cause?: Error): void;
}

export interface Channel {
  /** For example `tcp`, `unix`, `ws`, `memory`. */
  readonly transport: string;
  /** The peer as a person would name it, for logs and errors. */
  readonly remote: string;
  /** Begins to deliver events; called once. */
  start(events: ChannelEvents): void;
  /**
   * Sends one or more whole frames. The channel owns the bytes until it calls `written`, once, also when it closes
   * before. Returns false when the peer is slow and the writer should wait for `written`.
   */
  write(bytes: Uint8Array, written?: () => void): boolean;
  pause(): void;
  resume(): void;
  /** Closes for writing once everything written has left. */
  end(): void;
  /** Closes at once; what has not left is lost. */
  destroy(cause?: Error): void;
}

/** Opens a channel to `url`; rejects with an `Error` that names the address and the cause. */
export type Dial = (url: URL, options: { readonly signal: AbortSignal }) => Promise<Channel>;
