/**
 * What a name that passes through the router means in the schemas that the registry knows: the messages of a method, the message
 * of a topic. It only answers; where the schemas come from is the registry's business.
 */
import type { Message, MethodShape } from "@nexus-bridge/schema";

export interface MethodTypes {
  readonly shape: MethodShape;
  /** For `encodeJson`, `decodeToJson` and `dynamicType` of `@nexus-bridge/schema-dynamic`. */
  readonly requestType: Message;
  readonly responseType: Message;
}

/** Answers from memory; what is not known is undefined. An answer may change with every push. */
export interface SchemaIndex {
  /** Of the newest schema that declares it: `orders.v1.OrderService/GetOrder`. */
  method(name: string): MethodTypes | undefined;
  /** Of the topic's template with most literal tokens that fits the concrete name: `orders.eu.created`. */
  topic(name: string): Message | undefined;
  /** By full name, for what stands in an `Any` or in the details of an error. */
  message(fullName: string): Message | undefined;
}

/** Knows nothing: a router without schemas. */
export const emptyIndex: SchemaIndex = {
  method: () => undefined,
  topic: () => undefined,
  message: () => undefined,
};
