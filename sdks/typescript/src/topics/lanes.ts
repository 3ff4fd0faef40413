/** The producers of a link, one for each priority that is used. They live as long as the link, whatever sessions come and go. */
import type { LinkCore } from "../link/core.ts";
import type { Session } from "../link/session.ts";
import type { NexusError } from "../nexus-error.ts";
import { Lane } from "./lane.ts";
import type { Publication, PublicationInit } from "./publication.ts";

const PRODUCER_ID_BYTES = 16;

export class Lanes {
  readonly #link: LinkCore;
  /** By priority: at most seven. */
  readonly #lanes = new Map<number, Lane>();
  #closed: NexusError | undefined;
  #ending = false;

  constructor(link: LinkCore) {
    this.#link = link;
  }

  /** @throws NexusError where the link is closed. */
  publish(priority: number, init: PublicationInit): Publication {
    if (this.#closed !== undefined) throw this.#closed;
    return this.#lane(priority).publish(init);
  }

  attach(session: Session): void {
    for (const lane of this.#lanes.values()) lane.attach(session);
  }

  draining(session: Session): void {
    for (const lane of [...this.#lanes.values()]) lane.draining(session);
  }

  /** Nothing further is published; what there is still leaves. */
  end(): void {
    this.#ending = true;
    for (const lane of this.#lanes.values()) lane.end();
  }

  close(error: NexusError): void {
    this.#closed ??= error;
    for (const lane of [...this.#lanes.values()]) lane.fail(error);
    this.#lanes.clear();
  }

  #lane(priority: number): Lane {
    const known = this.#lanes.get(priority);
    if (known !== undefined) return known;
    const { randomBytes } = this.#link.options;
    const lane = new Lane(this.#link, {
      priority,
      qos: 1,
      producerId:
        randomBytes?.(PRODUCER_ID_BYTES) ??
        crypto.getRandomValues(new Uint8Array(PRODUCER_ID_BYTES)),
      // The next publish begins as a producer that nobody knows yet.
      fenced: (over) => {
        if (this.#lanes.get(priority) === over) this.#lanes.delete(priority);
      },
    });
    if (this.#ending) lane.end();
    this.#lanes.set(priority, lane);
    return lane;
  }
}
