/**
 * What generated code says of services, topics and errors: data that the SDK interprets, and the types that make a
 * client, a handler and a topic typed. The generator writes these; users only pass them on.
 */
import type { MessageType } from "@nexus-bridge/codec";

/** A message type whose message and init types no longer matter. */
// biome-ignore lint/suspicious/noExplicitAny: the one place where message types are erased; every use is typed by the client or handler interface.
export type AnyMessageType = MessageType<any, any>;

export type MethodShape = "unary" | "client_stream" | "server_stream" | "bidi";

export interface MethodDescriptor {
  /** As in the schema: `GetOrder`. */
  readonly name: string;
  readonly shape: MethodShape;
  readonly request: AnyMessageType;
  readonly response: AnyMessageType;
  readonly idempotent?: boolean;
  readonly timeoutMs?: number;
  readonly priority?: number;
  readonly retry?: {
    readonly attempts?: number;
    readonly backoffMs?: number;
    readonly backoffMaxMs?: number;
  };
  /** The errors that the schema declares for the method. */
  readonly errors?: readonly AnyErrorType[];
}

/**
 * A service of the schema. `Client` and `Handler` are the generated interfaces; they exist for the compiler alone
 * (`$client` and `$handler` are never set).
 */
export interface ServiceDescriptor<Client, Handler> {
  /** `orders.v1.OrderService`. */
  readonly typeName: string;
  readonly version?: string;
  readonly balancing?: "round_robin" | "random" | "least_in_flight" | "hash";
  /** By the method's name in TypeScript: `getOrder`. */
  readonly methods: Readonly<Record<string, MethodDescriptor>>;
  readonly $client?: Client;
  readonly $handler?: Handler;
}

export type TopicFieldKind = "string" | "integer" | "bool" | "enum";

export type TopicToken =
  | string
  | {
      /** The field's name in TypeScript. */
      readonly field: string;
      readonly kind: TopicFieldKind;
      /** Value names by number, for enums. */
      readonly names?: Readonly<Record<number, string>>;
    };

export interface TopicDefinition<T, Init> {
  readonly message: MessageType<T, Init>;
  readonly tokens: readonly TopicToken[];
  readonly qos: 0 | 1 | 2;
  readonly retained: boolean;
  /** The field whose value orders the messages, by its name in TypeScript. */
  readonly orderingKey?: string;
  readonly ttlMs?: number;
}

/** Topics to subscribe to: a topic's template with some of its fields given. */
export interface TopicPattern<T> {
  readonly message: MessageType<T, never>;
  /** For example `orders.eu.created` or `orders.*.created`. */
  readonly pattern: string;
  readonly qos: 0 | 1 | 2;
}

/** A topic of the schema; itself the pattern in which no field is given. `Fields` are the template's. */
export interface TopicDescriptor<T, Init, Fields = Record<never, never>> extends TopicPattern<T> {
  readonly definition: TopicDefinition<T, Init>;
  matching(fields: Partial<Fields>): TopicPattern<T>;
}

export interface ErrorDefinition<T, Init> {
  readonly message: MessageType<T, Init>;
  /** gRPC's name, for example `NOT_FOUND`. */
  readonly code: string;
  readonly retryable: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: see AnyMessageType.
export type AnyErrorType = { readonly definition: ErrorDefinition<any, any> };
