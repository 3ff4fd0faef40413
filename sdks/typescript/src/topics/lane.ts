/**
 * One producer: acknowledged publishes of one priority, in order, kept until the router holds them and sent again on every new
 * link under the same sequences. It decides when to send and what an answer means; the order itself is the window's.
 */
import {
  argAt,
  Code,
  codeOf,
  crc32,
  Flag,
  FrameType,
  frameClass,
  frameTypeName,
  LinkCode,
  type Meta,
  type PublishAck,
  payloadStart,
  Reason,
  readPublishAck,
  reasonOf,
  typeAt,
} from "@nexus-bridge/protocol";
import { packedError } from "../call/status.ts";
import { ZLIB } from "../link/compression.ts";
import type { LinkCore } from "../link/core.ts";
import type { Blocked, Session, Stream } from "../link/session.ts";
import { NexusError, type NexusErrorInit } from "../nexus-error.ts";
import type { EventPosition } from "../subscription-item.ts";
import { type Expiring, Timer } from "../timer-wheel.ts";
import { LaneWindow } from "./lane-window.ts";
import {
  certain,
  Publication,
  type PublicationInit,
  stale,
  type Withdrawal,
} from "./publication.ts";

/** Publishes that wait for a full window; more are refused. */
const WAITING_MAX = 1024;
const BACKOFF_MS = 50;
const BACKOFF_MS_MAX = 2000;
const DOUBLINGS_MAX = 10;

const RESENT: ReadonlySet<number> = new Set([
  Code.DATA_LOSS,
  Code.RESOURCE_EXHAUSTED,
  Code.UNAVAILABLE,
]);

const OVERFULL: NexusErrorInit = {
  code: "RESOURCE_EXHAUSTED",
  reason: "SLOW_CONSUMER",
  message: `the router holds back and ${WAITING_MAX} publishes wait already: await publish()`,
  notExecuted: true,
};
const LEAVING: NexusErrorInit = {
  code: "UNAVAILABLE",
  reason: "SHUTTING_DOWN",
  message: "the link is being drained and publishes nothing further",
  notExecuted: true,
};

export interface LaneOptions {
  readonly priority: number;
  readonly qos: 1;
  /** 16 bytes that nobody else has. */
  readonly producerId: Uint8Array;
  /** The router ended this producer. */
  readonly fenced: (lane: Lane) => void;
}

export class Lane implements Stream, Blocked, Expiring, Withdrawal {
  id = 0;
  readonly #link: LinkCore;
  readonly #options: LaneOptions;
  readonly #class: number;
  readonly #window = new LaneWindow<Publication>();
  readonly #waiting: Publication[] = [];
  readonly #backoff = new Timer(this);
  #session: Session | undefined;
  #epoch = 1;
  /** Passes in a row without anything held. */
  #attempt = 0;
  #backingOff = false;
  /** What it has is its last: the frame that empties it says END. */
  #ending = false;
  /** END has left: its id takes no more. */
  #worn = false;
  /** What its id was opened with. */
  #opener = 0;

  constructor(link: LinkCore, options: LaneOptions) {
    this.#link = link;
    this.#options = options;
    this.#class = frameClass(options.priority, options.qos);
  }

  /** Takes a message in, now or when there is room for it. */
  publish(init: PublicationInit): Publication {
    const publication = new Publication(init, this.#link.wheel, this);
    this.#link.began();
    if (this.#ending) this.#refused(publication, LEAVING);
    else if (this.#waiting.length === 0 && this.#window.hasRoom) {
      this.#admit(publication);
      this.#pump();
    } else if (this.#waiting.length < WAITING_MAX) {
      this.#waiting.push(publication);
      const queueBytes = this.#window.bytes;
      if (this.#waiting.length === 1) this.#link.diagnose({ kind: "slow", queueBytes });
    } else this.#refused(publication, OVERFULL);
    return publication;
  }

  withdraw(publication: Publication): boolean {
    if (publication.sequence !== 0) return false;
    const at = this.#waiting.indexOf(publication);
    if (at >= 0) this.#waiting.splice(at, 1);
    else if (!this.#window.withdraw(publication)) return true;
    this.#link.ended();
    this.#refill();
    this.#pump();
    return true;
  }

  /** There is a session: sends what waits, unless an earlier one still owes answers. */
  attach(session: Session): void {
    if (this.#session !== undefined && !this.#session.over) return;
    this.#detach();
    this.#session = session;
    this.#pump();
  }

  /** The session takes nothing new; what is on its way there is still answered. */
  draining(session: Session): void {
    if (session === this.#session) this.#advance();
  }

  /** Nothing more is published after what it has. */
  end(): void {
    this.#ending = true;
  }

  /** Ends it with everything in it; what has left may have arrived. */
  fail(error: NexusError): void {
    this.#link.wheel.stop(this.#backoff);
    this.#backingOff = false;
    this.#detach();
    const waiting = this.#waiting.splice(0);
    for (const publication of this.#window.clear()) {
      publication.reject(publication.sequence === 0 ? certain(error) : error);
      this.#link.ended();
    }
    for (const publication of waiting) {
      publication.reject(certain(error));
      this.#link.ended();
    }
  }

  frame(_: Uint8Array, view: DataView, start: number, end: number): void {
    const type = typeAt(view, start);
    if (type !== FrameType.PUBACK) {
      this.#session?.fail(LinkCode.PROTOCOL_ERROR, `${frameTypeName(type)} on a lane`);
      return;
    }
    const ack = readPublishAck(view, payloadStart(view, start), end);
    if (ack.kind === "fault") this.#session?.fail(ack.code, ack.message);
    else this.#answered(argAt(view, start), ack.payload);
  }

  lost(): void {
    this.#detach();
    const next = this.#link.session;
    if (next !== undefined) this.attach(next);
  }

  refuse(code: number, message: string): void {
    this.#session?.fail(LinkCode.PROTOCOL_ERROR, `lane ${this.id}, code ${code}: ${message}`);
  }

  writable(): void {
    this.#pump();
  }

  /** The pause before sending again is over. */
  expire(): void {
    this.#backingOff = false;
    this.#advance();
  }

  #admit(publication: Publication): void {
    try {
      publication.encode();
    } catch (error) {
      publication.reject(error as NexusError);
    }
    // It may also have been given up by what encoding it called.
    if (publication.settled) this.#link.ended();
    else this.#window.add(publication);
  }

  #refused(publication: Publication, why: NexusErrorInit): void {
    publication.reject(new NexusError(why));
    this.#link.ended();
  }

  #refill(): void {
    while (this.#waiting.length > 0 && this.#window.hasRoom)
      this.#admit(this.#waiting.shift() as Publication);
  }

  #pump(): void {
    this.#session ??= this.#link.session;
    const session = this.#session;
    if (session === undefined || session.over || session.draining || this.#backingOff) return;
    for (;;) {
      if (session.writer.blocked) {
        session.whenWritable(this);
        return;
      }
      const next = this.#window.next;
      const leftMs = next?.timeToLiveMs;
      if (next !== undefined && next.sequence === 0 && leftMs === 0) {
        next.reject(stale(next));
        this.#window.withdraw(next);
        this.#link.ended();
        this.#refill();
        continue;
      }
      const publication = this.#window.take();
      if (publication === undefined) return;
      this.#write(session, publication, leftMs === undefined ? undefined : Math.max(1, leftMs));
    }
  }

  #write(session: Session, publication: Publication, ttlMs: number | undefined): void {
    const { init, encoded, sequence } = publication;
    const { route } = init;
    const tellsType = route.told !== session && init.fingerprint !== 0n;
    route.told = session;
    const alias = session.aliasOf(route);
    const opens = this.id === 0;
    if (opens) {
      this.id = session.takeId();
      this.#opener = sequence;
      session.streams.set(this.id, this);
    }
    let meta: Meta | undefined = init.meta;
    if (opens || tellsType || alias === 0 || ttlMs !== undefined) {
      const { producerId } = this.#options;
      meta = {
        ...meta,
        ...(alias === 0 && { name: route.name }),
        ...(opens && { producer: { id: producerId, epoch: this.#epoch, sequence } }),
        ...(ttlMs !== undefined && { ttlMs }),
        ...(tellsType && { fingerprint: init.fingerprint }),
      };
    }
    const isLast = this.#ending && this.#window.next === undefined && this.#waiting.length === 0;
    if (isLast) this.#worn = true;
    // Each time anew: what it is sent again on may not have agreed on it.
    const packed = session.compression?.packed(encoded.payload, encoded.payload.length);
    const payload = packed ?? encoded.payload;
    session.write(
      FrameType.PUBLISH,
      init.flags | (isLast ? Flag.END : 0),
      packed === undefined ? this.#class : this.#class | ZLIB,
      this.id,
      alias,
      sequence >>> 0,
      meta,
      payload,
      0,
      payload.length,
      packed === undefined ? encoded.crc : crc32(packed),
    );
  }

  #answered(arg: number, ack: PublishAck): void {
    const sequence = this.#window.sequenceOf(arg);
    if (sequence === undefined) {
      this.#session?.fail(LinkCode.PROTOCOL_ERROR, `PUBACK for ${arg}, which was never published`);
      return;
    }
    const code = codeOf(ack.code);
    const reason = reasonOf(ack.code);
    const position = ack.sequence === 0 ? undefined : { epoch: ack.epoch, sequence: ack.sequence };
    if (code === Code.OK) this.#held(sequence, position);
    else if (code === Code.ALREADY_EXISTS && reason === Reason.DUPLICATE)
      this.#over(sequence, (publication) => publication.resolve({ position, duplicate: true }));
    else if (code === Code.ABORTED && reason === Reason.FENCED) {
      this.fail(packedError(ack.code, "a newer producer took this one's place"));
      this.#options.fenced(this);
      return;
    } else if (RESENT.has(code) || reason === Reason.OUT_OF_ORDER) this.#again(sequence, ack.code);
    else
      this.#over(sequence, (publication) => {
        // A router that judges a type at its first use has to hear of it again.
        if (reason === Reason.SCHEMA_MISMATCH) publication.init.route.told = undefined;
        const { name } = publication.init.route;
        const hint = code === Code.UNIMPLEMENTED ? "; a memory link has QoS 0 alone" : "";
        publication.reject(packedError(ack.code, `the publish to ${name} was refused${hint}`));
      });
    this.#advance();
  }

  #held(sequence: number, position: EventPosition | undefined): void {
    const held = this.#window.held(sequence);
    if (held.length > 0) this.#attempt = 0;
    for (const publication of held) {
      const own = publication.sequence === sequence ? position : undefined;
      publication.resolve({ position: own, duplicate: false });
      this.#link.ended();
    }
  }

  #over(sequence: number, settle: (publication: Publication) => void): void {
    const publication = this.#window.end(sequence);
    if (publication === undefined) return;
    this.#attempt = 0;
    settle(publication);
    this.#link.ended();
  }

  #again(sequence: number, code: number): void {
    const outcome = this.#window.again(sequence, reasonOf(code) === Reason.OUT_OF_ORDER);
    if (outcome === "settled") return;
    // The router lost what stood before this: a higher epoch begins anew with it.
    if (outcome === "behind") this.#epoch += 1;
    // Of an id whose first message was refused nothing more may be answered: it is opened again under another.
    if (outcome === "behind" || sequence === this.#opener) {
      this.#forget();
      this.#window.lost();
    }
    if (!this.#backingOff) this.#pause(code);
  }

  #pause(code: number): void {
    const most = Math.min(BACKOFF_MS * 2 ** Math.min(this.#attempt, DOUBLINGS_MAX), BACKOFF_MS_MAX);
    this.#attempt += 1;
    this.#backingOff = true;
    this.#link.wheel.start(this.#backoff, this.#link.random() * most);
    const { code: name } = packedError(code, "");
    this.#link.diagnose({ kind: "retry", method: "publish", attempt: this.#attempt, code: name });
  }

  /** After an answer or a pause: begins the next pass, leaves a session that goes away, takes in what waits, sends. */
  #advance(): void {
    const session = this.#session;
    if (session !== undefined && !session.over && session.draining && this.#window.awaited === 0) {
      this.lost();
      return;
    }
    if (this.#window.rewinding) {
      if (this.#backingOff || this.#window.awaited > 0) return;
      this.#window.rewind();
      if (this.#worn) this.#forget();
    }
    this.#refill();
    this.#pump();
  }

  /** Leaves the session; everything that is not settled leaves again on the next. */
  #detach(): void {
    this.#session?.forget(this);
    this.#forget();
    this.#session = undefined;
    this.#window.lost();
    if (!this.#backingOff) return;
    this.#link.wheel.stop(this.#backoff);
    this.#backingOff = false;
  }

  /** Gives its id up: what still comes for it is dropped, and the next frame opens a lane. */
  #forget(): void {
    this.#session?.streams.delete(this.id);
    this.id = 0;
    this.#worn = false;
  }
}
