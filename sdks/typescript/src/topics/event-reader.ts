/**
 * From EVENT frames to messages: verified, decompressed, decoded. It bounds what compressed events take that nobody has read
 * yet: credit counts events, and a small one may become a large one.
 */
import type { MessageType } from "@nexus-bridge/codec";
import {
  classAt,
  codecOf,
  limits,
  payloadCrcMatches,
  payloadStart,
  Reason,
} from "@nexus-bridge/protocol";
import { decodeMessage } from "../link/encoding.ts";
import type { Session } from "../link/session.ts";
import type { Event } from "../subscription-item.ts";

/** Of decompressed events that wait to be read; a single one may have more. */
const UNREAD_BYTES_MAX = 16_777_216;

/** `damaged` is not what was sent, `invalid` was sent so, `slow` has no room beside what waits. */
export type EventFault = "damaged" | "invalid" | "slow";

export class EventReader {
  // biome-ignore lint/suspicious/noExplicitAny: patterns erase message types; subscriptions are typed.
  readonly #type: MessageType<any, any>;
  readonly #sizes = new Map<Event<unknown>, number>();
  #unread = 0;
  /** Bytes of the last message, where it was compressed. */
  #size = 0;
  /** Why the last {@link read} gave nothing. */
  fault: EventFault = "invalid";

  // biome-ignore lint/suspicious/noExplicitAny: as above.
  constructor(type: MessageType<any, any>) {
    this.#type = type;
  }

  /** The message of the EVENT from `start` to `end`; undefined where {@link fault} says why. */
  read(
    session: Session | undefined,
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
  ): unknown {
    this.#size = 0;
    if (!payloadCrcMatches(bytes, view, start, end)) return this.#fails("damaged");
    const from = payloadStart(view, start);
    if (codecOf(classAt(view, start)) === 0) return this.#decode(bytes, from, end);
    const first = this.#unread === 0;
    const bytesMax = first ? limits.messageBytes : Math.max(0, UNREAD_BYTES_MAX - this.#unread);
    const unpacked = session?.compression?.unpacked(bytes, from, end, bytesMax);
    if (unpacked instanceof Uint8Array) {
      this.#size = unpacked.length;
      return this.#decode(unpacked, 0, unpacked.length);
    }
    if (unpacked?.reason !== Reason.TOO_LARGE) return this.#fails("damaged");
    return this.#fails(first ? "invalid" : "slow");
  }

  /** `event`, made of the last message, goes to wait for its reader. */
  waits(event: Event<unknown>): void {
    if (this.#size === 0) return;
    this.#sizes.set(event, this.#size);
    this.#unread += this.#size;
  }

  /** Its reader has it. */
  taken(event: Event<unknown>): void {
    const size = this.#unread === 0 ? undefined : this.#sizes.get(event);
    if (size === undefined) return;
    this.#sizes.delete(event);
    this.#unread -= size;
  }

  #decode(bytes: Uint8Array, from: number, to: number): unknown {
    try {
      return decodeMessage(this.#type, bytes, from, to);
    } catch {
      return this.#fails("invalid");
    }
  }

  #fails(fault: EventFault): undefined {
    this.fault = fault;
    return undefined;
  }
}
