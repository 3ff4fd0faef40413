/** What the router tells its host: structured, for logs and metrics; nothing depends on anybody listening. */

export type RouterEvent =
  | {
      /** A connection that never became a link, for example because its TLS handshake failed. */
      readonly kind: "connectionFailed";
      readonly remote: string;
      readonly message: string;
    }
  | { readonly kind: "linkOpened"; readonly link: number; readonly remote: string }
  | { readonly kind: "welcomed"; readonly link: number; readonly client: string }
  | {
      readonly kind: "linkClosed";
      readonly link: number;
      readonly remote: string;
      /** A link code of the protocol; 256 is an orderly end. */
      readonly code: number;
      readonly message: string;
    }
  | {
      readonly kind: "registered" | "unregistered";
      readonly link: number;
      readonly service: string;
      readonly instance: string;
    }
  | {
      readonly kind: "subscribed" | "unsubscribed";
      readonly link: number;
      readonly pattern: string;
      readonly group: string;
    }
  | {
      readonly kind: "refused";
      readonly link: number;
      /** The stream it was asked for on; a message without acknowledgement has none. */
      readonly stream?: number;
      /** What was refused, for example `call orders.v1.OrderService/GetOrder`. */
      readonly what: string;
      readonly code: number;
      readonly reason: number;
      readonly message: string;
    }
  | {
      readonly kind: "dropped";
      readonly link: number;
      readonly topic: string;
      readonly count: number;
      /** As in GAP: 1 slow, 2 retention. */
      readonly reason: number;
    }
  | {
      /** A message that no subscriber settled in as many deliveries as it may have. */
      readonly kind: "deadLettered";
      readonly topic: string;
      readonly reason: string;
      /** False where the ring let go of it, or it has no dead-letter topic: it is one itself, or its topic's name is too long. */
      readonly isPublished: boolean;
    }
  | {
      /** Two peers' types differ, and may talk all the same; said once a pair. */
      readonly kind: "schemaDiffers";
      readonly link: number;
      /** For example `orders.v1.OrderService/GetOrder request` or `topic orders.created`. */
      readonly what: string;
      /** Breaking only between publishers of a topic. */
      readonly verdict: "lossy" | "unknown" | "breaking";
      readonly message: string;
    }
  | { readonly kind: "slow"; readonly link: number; readonly queuedBytes: number }
  | {
      /** A fault of the router itself; it cost this link only. */
      readonly kind: "failed";
      readonly link: number;
      readonly message: string;
    }
  | { readonly kind: "draining"; readonly graceMs: number };

/** What a peer wrote stands in an event with this many characters at most. */
const WORDS_MAX = 512;

/** The event with the words of a peer cut to a length that a log can take. */
export function capped(event: RouterEvent): RouterEvent {
  if (event.kind !== "refused") return event;
  const { what, message } = event;
  if (what.length <= WORDS_MAX && message.length <= WORDS_MAX) return event;
  return { ...event, what: cut(what), message: cut(message) };
}

const cut = (text: string): string =>
  text.length <= WORDS_MAX ? text : `${text.slice(0, WORDS_MAX - 1)}…`;

export interface RouterStats {
  readonly links: number;
  readonly services: number;
  readonly subscriptions: number;
  readonly callsInFlight: number;
  readonly calls: number;
  readonly callsRefused: number;
  readonly publishesRefused: number;
  /** Connections cut because too many others had not said HELLO. */
  readonly linksRefused: number;
  readonly published: number;
  /** Of them, those that were kept in a ring; and messages of lanes that were held already. */
  readonly stored: number;
  readonly duplicates: number;
  /** In rings now, and what they and the retained values take. */
  readonly keptMessages: number;
  readonly keptBytes: number;
  /** Topics with positions. */
  readonly keptTopics: number;
  readonly retainedValues: number;
  /** Publishers on lanes, also those that are away. */
  readonly producers: number;
  readonly delivered: number;
  /** Of them, those that came again since they had not been settled. */
  readonly redelivered: number;
  readonly deadLettered: number;
  readonly dropped: number;
  /** Groups and named consumers that read from the store. */
  readonly sharedCursors: number;
  /** Calls refused since the caller's schema breaks the provider's. */
  readonly schemaRefused: number;
  /** First uses of a method by types that fit with a loss, and by types that no known schema declares. */
  readonly schemaLossy: number;
  readonly schemaUnknown: number;
  /** Bytes that wait for their links. */
  readonly queuedBytes: number;
  /** Credit that producers have not used yet, and bytes of theirs that wait. */
  readonly creditBytes: number;
  /** Memory of frames that are on their way to their links. */
  readonly slabBytes: number;
  /** Timers that stand. */
  readonly timers: number;
}
