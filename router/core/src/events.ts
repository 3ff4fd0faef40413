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
  | { readonly kind: "slow"; readonly link: number; readonly queuedBytes: number }
  | {
      /** A fault of the router itself; it cost this link only. */
      readonly kind: "failed";
      readonly link: number;
      readonly message: string;
    }
  | { readonly kind: "draining"; readonly graceMs: number };

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
  readonly delivered: number;
  readonly dropped: number;
  /** Bytes that wait for their links. */
  readonly queuedBytes: number;
  /** Credit that producers have not used yet, and bytes of theirs that wait. */
  readonly creditBytes: number;
  /** Memory of frames that are on their way to their links. */
  readonly slabBytes: number;
}
