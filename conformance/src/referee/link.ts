/**
 * One link with the referee at one end: it shakes hands, keeps what it hears in order and says exactly what it is told to.
 * Frames that nobody asked for stay in the queue, so that nothing unexpected goes unseen.
 */
import type { Duplex } from "./duplex.ts";
import { type Sender, StrictWatch } from "./strict.ts";
import type { Transcript } from "./transcript.ts";
import { type Frame, frame, preface, takeFrames, type } from "./wire.ts";

const WAIT_MS = 3_000;

export class RefereeFault extends Error {}

export interface LinkParties {
  /** Who is at the other end. */
  readonly peer: Sender;
  readonly label: string;
  readonly transcript: Transcript;
}

export class RefereeLink {
  readonly queue: Frame[] = [];
  readonly strict: StrictWatch;
  readonly #duplex: Duplex;
  readonly #parties: LinkParties;
  #bytes: Buffer = Buffer.alloc(0);
  #hasPreface: boolean;
  #over = false;
  #fault: string | undefined;
  #pings = 0;
  #wake: (() => void) | undefined;

  constructor(duplex: Duplex, parties: LinkParties) {
    this.#duplex = duplex;
    this.#parties = parties;
    this.#hasPreface = duplex.transport === "ws";
    this.strict = new StrictWatch(parties.peer);
    duplex.start({
      data: (bytes) => this.#receive(bytes),
      closed: () => {
        this.#over = true;
        this.#wake?.();
      },
    });
  }

  get over(): boolean {
    return this.#over;
  }

  /** Bytes that are no whole frame. */
  get rest(): Buffer {
    return this.#bytes;
  }

  #receive(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    if (!this.#hasPreface && this.#bytes.length >= preface.length) {
      if (!this.#bytes.subarray(0, preface.length).equals(preface)) this.#fault ??= "no preface";
      this.#bytes = this.#bytes.subarray(preface.length);
      this.#hasPreface = true;
    }
    if (this.#hasPreface && this.#fault === undefined) this.#take();
    this.#wake?.();
  }

  #take(): void {
    try {
      const { frames, rest } = takeFrames(this.#bytes);
      this.#bytes = rest;
      for (const each of frames) this.#keep(each);
    } catch (error) {
      this.#fault = error instanceof Error ? error.message : String(error);
    }
  }

  #keep(heard: Frame): void {
    const { label, transcript, peer } = this.#parties;
    this.strict.see(heard);
    transcript.add(label, peer === "client" ? "sdk" : "router", heard);
    // The peer's own heartbeat is answered at once: no case is about its timing unless it says so.
    if (heard.type === type.ping)
      this.send(frame({ type: type.pong, payload: heard.payload, flags: 0 }));
    else this.queue.push(heard);
  }

  send(bytes: Buffer): void {
    const { label, transcript } = this.#parties;
    const { frames } = safeFrames(bytes);
    for (const each of frames) transcript.add(label, "referee", each);
    this.#duplex.write(bytes);
  }

  raw(bytes: Buffer): void {
    this.#parties.transcript.note(this.#parties.label, "referee", `raw ${bytes.toString("hex")}`);
    this.#duplex.write(bytes);
  }

  sendPreface(): void {
    if (this.#duplex.transport !== "ws") this.#duplex.write(preface);
  }

  end(): void {
    this.#duplex.end();
  }

  reset(): void {
    this.#duplex.reset();
  }

  pause(): void {
    this.#duplex.pause();
  }

  resume(): void {
    this.#duplex.resume();
  }

  /** The next frame in order, whatever it is, but those of the types in `skip`. */
  async next(skip: ReadonlySet<number>, waitMs: number = WAIT_MS): Promise<Frame> {
    const until = Date.now() + waitMs;
    for (;;) {
      for (let heard = this.queue.shift(); heard !== undefined; heard = this.queue.shift())
        if (!skip.has(heard.type)) return heard;
      this.#throwFault();
      if (this.#over) throw new RefereeFault("the link ended, a frame was awaited");
      if (!(await this.#changed(until))) throw new RefereeFault("no frame came in time");
    }
  }

  /** Waits for the end of the link; the ERROR that came last, if one came. */
  async ended(waitMs: number = WAIT_MS): Promise<Frame | undefined> {
    const until = Date.now() + waitMs;
    while (!this.#over) {
      this.#throwFault();
      if (!(await this.#changed(until))) throw new RefereeFault("the link is still open");
    }
    return this.queue.findLast((each) => each.type === type.error || each.type === type.close);
  }

  /** Sends PING and reads to its PONG: all frames between are what the peer had to say. */
  async barrier(skip: ReadonlySet<number>): Promise<readonly Frame[]> {
    const token = Buffer.alloc(8);
    token.writeUInt32BE(0xbabe0000 + ++this.#pings, 4);
    this.send(frame({ type: type.ping, payload: token, flags: 0 }));
    const between: Frame[] = [];
    for (;;) {
      const heard = await this.next(skip);
      if (heard.type === type.pong && heard.payload.equals(token)) return between;
      between.push(heard);
    }
  }

  #throwFault(): void {
    if (this.#fault !== undefined) throw new RefereeFault(`the peer's bytes: ${this.#fault}`);
  }

  #changed(until: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), Math.max(0, until - Date.now()));
      this.#wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}

/** What the referee sends may be broken on purpose; then only its whole, sound frames are told. */
function safeFrames(bytes: Buffer): { readonly frames: readonly Frame[] } {
  try {
    return takeFrames(bytes);
  } catch {
    return { frames: [] };
  }
}
