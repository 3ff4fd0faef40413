/** One event as its reader holds it, with the way to say what became of it. It is settled once; at QoS 0 nobody asks. */
import { EventAckKind, Flag, type Meta } from "@nexus-bridge/protocol";
import { type Metadata, metadataOf, NO_METADATA } from "../metadata.ts";
import { invalidArgument } from "../nexus-error.ts";
import type { Event, EventPosition } from "../subscription-item.ts";
import type { Ledger } from "./ledger.ts";

const DELAY_MS_MAX = 0xffff_ffff;

export interface DeliveryInit {
  readonly value: unknown;
  readonly topic: string;
  readonly delivery: number;
  readonly flags: number;
  readonly meta: Meta;
  /** It came on an earlier session already. */
  readonly again: boolean;
  /** Undefined at QoS 0. */
  readonly ledger: Ledger | undefined;
}

export class Delivery implements Event<unknown> {
  readonly kind = "event";
  readonly value: unknown;
  readonly topic: string;
  readonly position: EventPosition | undefined;
  readonly delivery: number;
  readonly retained: boolean;
  readonly redelivered: boolean;
  readonly attempt: number;
  readonly metadata: Metadata;
  readonly correlationId: string | undefined;
  readonly contentType: string | undefined;
  readonly publishedAt: Date | undefined;
  readonly origin: string | undefined;
  readonly deadLetterReason: string | undefined;
  readonly #ledger: Ledger | undefined;

  constructor({ value, topic, delivery, flags, meta, again, ledger }: DeliveryInit) {
    this.value = value;
    this.topic = topic;
    this.position = meta.position;
    this.delivery = delivery;
    this.retained = (flags & Flag.RETAIN) !== 0;
    this.redelivered = again || (flags & Flag.DUP) !== 0;
    this.attempt = meta.attempt ?? 1;
    this.metadata = meta.user === undefined ? NO_METADATA : metadataOf(meta.user);
    this.correlationId = meta.correlationId;
    this.contentType = meta.contentType;
    this.publishedAt =
      meta.ingressTime === undefined ? undefined : new Date(meta.ingressTime / 1000);
    this.origin = meta.origin === undefined ? undefined : hex(meta.origin);
    this.deadLetterReason = meta.deadLetterReason;
    this.#ledger = ledger;
  }

  ack(): void {
    this.#ledger?.settle(this.delivery, EventAckKind.ACK, 0);
  }

  nack({ delayMs = 0 }: { readonly delayMs?: number } = {}): void {
    if (!(delayMs >= 0 && delayMs <= DELAY_MS_MAX))
      throw invalidArgument(`delayMs is ${delayMs}; it must be 0 to ${DELAY_MS_MAX} milliseconds`);
    this.#ledger?.settle(this.delivery, EventAckKind.NACK, Math.ceil(delayMs));
  }

  reject(): void {
    this.#ledger?.settle(this.delivery, EventAckKind.TERM, 0);
  }

  extend(): void {
    this.#ledger?.settle(this.delivery, EventAckKind.PROGRESS, 0);
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
