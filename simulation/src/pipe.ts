/**
 * A virtual connection: two channels, bytes that take their time and come in pieces, a bounded window, stalls and losses. It
 * keeps the promises of a reliable pipe as long as it lives, and no others.
 */
import type { Channel, ChannelEvents } from "@nexus-bridge/protocol";
import type { Random } from "./random.ts";
import type { Due, Scheduler } from "./scheduler.ts";
import type { Trace } from "./trace.ts";

export interface Weather {
  readonly latencyMs: readonly [least: number, most: number];
  /** Bytes that travel as one piece. */
  readonly pieceBytes: readonly [least: number, most: number];
}

export interface Host {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly trace: Trace;
  readonly weather: Weather;
}

/** Bytes on their way and not taken by the receiver. */
const WINDOW_BYTES = 64 * 1024;
/** Above it a writer is told to wait. */
const HIGH_BYTES = 64 * 1024;
const GONE = 0xdd;

interface Written {
  readonly bytes: Uint8Array;
  readonly written: (() => void) | undefined;
  sent: number;
}

type Parcel = Uint8Array | "end";

/** What looks at, or changes, the whole frames that one end writes. */
export type Tap = (bytes: Uint8Array) => Uint8Array;

export class PipeEnd implements Channel {
  readonly transport = "virtual";
  readonly remote: string;
  readonly #host: Host;
  peer!: PipeEnd;
  /** Applied to every write. */
  tap: Tap | undefined;
  /** Sees what arrives, before the channel's user does. */
  witness: ((bytes: Uint8Array) => void) | undefined;
  /** A planted fault: whoever writes is never told that it was written. */
  forgetsWritten = false;
  /** A planted fault: the user is never told of the end. */
  forgetsClosed = false;
  #events: ChannelEvents | undefined;
  readonly #out: Written[] = [];
  #outBytes = 0;
  /** Sent towards this end, in order. */
  readonly #coming: Parcel[] = [];
  #comingBytes = 0;
  #arrivesAt = 0;
  #sending: Due | undefined;
  #paused = false;
  #isEnding = false;
  #endSent = false;
  #endTold = false;
  #closed = false;
  /** The process behind this end is gone: nothing reaches it, nothing leaves it. */
  #abandoned = false;
  #silent = false;
  #stalledUntil = 0;

  constructor(host: Host, remote: string) {
    this.#host = host;
    this.remote = remote;
  }

  get isOpen(): boolean {
    return !this.#closed && !this.#abandoned;
  }

  /** Bytes pass in both directions. */
  get isSound(): boolean {
    const until = Math.max(this.#stalledUntil, this.peer.#stalledUntil);
    return this.isOpen && !this.#silent && until <= this.#host.scheduler.now;
  }

  /** Nothing is on its way from this end. */
  get isQuiet(): boolean {
    return this.#closed || (this.#out.length === 0 && this.peer.#coming.length === 0);
  }

  start(events: ChannelEvents): void {
    if (this.#events !== undefined) throw new Error("a channel is started once");
    this.#events = events;
  }

  write(bytes: Uint8Array, written?: () => void): boolean {
    const told = this.forgetsWritten ? undefined : written;
    if (this.#isEnding || !this.isOpen) {
      if (told !== undefined) this.#later("written", told);
      return true;
    }
    const taken = this.tap === undefined ? bytes : this.tap(bytes);
    this.#out.push({ bytes: taken, written: told, sent: 0 });
    this.#outBytes += taken.length;
    this.#arrange();
    return this.#outBytes < HIGH_BYTES;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#host.scheduler.after(0, `resume ${this.remote}`, () => this.#deliver());
  }

  end(): void {
    if (this.#isEnding || !this.isOpen) return;
    this.#isEnding = true;
    this.#arrange();
  }

  destroy(cause?: Error): void {
    if (!this.isOpen) return;
    this.#shut(cause);
    const { peer } = this;
    if (this.#silent) return;
    this.#host.scheduler.after(this.#latency(), `reset ${this.remote}`, () =>
      peer.#shut(new Error("connection reset by peer")),
    );
  }

  /** The connection breaks: both ends hear of it, what is on its way is lost. */
  cut(): void {
    for (const end of [this as PipeEnd, this.peer]) {
      end.#silent = true;
      end.#coming.length = 0;
      this.#host.scheduler.after(this.#latency(), `cut ${end.remote}`, () =>
        end.#shut(new Error("connection reset")),
      );
    }
  }

  /** Nothing passes any more, and nobody is told. */
  silence(): void {
    this.#silent = true;
    this.peer.#silent = true;
    this.#coming.length = 0;
    this.peer.#coming.length = 0;
  }

  /** For some time nothing leaves this end. */
  stall(forMs: number): void {
    this.#stalledUntil = Math.max(this.#stalledUntil, this.#host.scheduler.now + forMs);
  }

  /** The process is gone without a word; its host tells the peer, unless it is gone as well. */
  abandon(isHostGone: boolean): void {
    if (!this.isOpen) return;
    this.#abandoned = true;
    if (isHostGone) this.silence();
    else this.cut();
  }

  #shut(cause: Error | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#coming.length = 0;
    if (this.#sending !== undefined) this.#host.scheduler.cancel(this.#sending);
    const owed = this.#out.splice(0);
    this.#later("closed", () => {
      for (const { written } of owed) written?.();
      if (!this.forgetsClosed) this.#events?.closed(cause);
    });
  }

  /** Never from inside a call of the user. */
  #later(label: string, run: () => void): void {
    this.#host.scheduler.after(0, `${label} ${this.remote}`, () => {
      if (!this.#abandoned) run();
    });
  }

  #latency(): number {
    const [least, most] = this.#host.weather.latencyMs;
    return this.#host.random.between(least, most);
  }

  #arrange(): void {
    if (this.#sending !== undefined || this.#closed) return;
    if (this.#out.length === 0 && (!this.#isEnding || this.#endSent)) return;
    if (this.#out.length > 0 && this.peer.#comingBytes >= WINDOW_BYTES) return;
    const { scheduler } = this.#host;
    const wait = this.#stalledUntil - scheduler.now;
    this.#sending = scheduler.after(wait, `send ${this.remote}`, () => {
      this.#sending = undefined;
      if (this.#stalledUntil > scheduler.now) this.#arrange();
      else this.#send();
    });
  }

  #send(): void {
    const first = this.#out[0];
    if (first === undefined) {
      this.#endSent = true;
      this.#ship("end");
      return;
    }
    const { random, weather } = this.#host;
    const [least, most] = weather.pieceBytes;
    const size = Math.min(first.bytes.length - first.sent, random.int(least, most));
    // Copied only now: whoever changes bytes before they were written spoils them.
    const piece = first.bytes.slice(first.sent, first.sent + size);
    first.sent += size;
    this.#outBytes -= size;
    if (size > 0) this.#ship(piece);
    if (first.sent === first.bytes.length) {
      this.#out.shift();
      if (!this.#abandoned) first.written?.();
    }
    this.#arrange();
  }

  #ship(parcel: Parcel): void {
    const { peer } = this;
    const { scheduler } = this.#host;
    if (parcel !== "end") peer.#comingBytes += parcel.length;
    if (this.#silent || peer.#closed) return;
    peer.#coming.push(parcel);
    peer.#arrivesAt = Math.max(peer.#arrivesAt, scheduler.now + this.#latency());
    const due = peer.#arrivesAt - scheduler.now;
    // One more delivery is due than there are deliveries: each hands on what is first.
    scheduler.after(due, `arrive ${peer.remote}`, () => peer.#deliver(1));
  }

  #deliver(most = Number.POSITIVE_INFINITY): void {
    for (let count = 0; count < most && !this.#paused && this.isOpen; count++) {
      const parcel = this.#coming.shift();
      if (parcel === undefined) return;
      if (parcel === "end") {
        this.#endTold = true;
        this.#events?.ended();
        this.#closeBoth();
        return;
      }
      this.#comingBytes -= parcel.length;
      this.#host.trace.bytes(parcel);
      this.witness?.(parcel);
      this.#events?.data(parcel);
      // The bytes were lent for the call alone.
      parcel.fill(GONE);
      this.peer.#arrange();
    }
  }

  #closeBoth(): void {
    const { peer } = this;
    if (!this.#endTold || !peer.#endTold) return;
    this.#shut(undefined);
    peer.#shut(undefined);
  }
}

export function pipe(
  host: Host,
  client: string,
  router: string,
): readonly [client: PipeEnd, router: PipeEnd] {
  const near = new PipeEnd(host, router);
  const far = new PipeEnd(host, client);
  near.peer = far;
  far.peer = near;
  return [near, far];
}
