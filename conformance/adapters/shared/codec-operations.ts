/** The operations on messages: bytes to JSON, JSON to bytes, and each back to itself, by the generated codecs alone. */
import {
  CodecError,
  createRegistry,
  type JsonType,
  type MessageType,
} from "@nexus-bridge/sdk/gen1";
import { BadOrder, type Host, Malformed, type Operations, type Order, textOf } from "./host.ts";

interface Codec {
  readonly type: MessageType<unknown, unknown>;
  readonly json: JsonType<unknown, unknown>;
}

const PACKAGE = "nexus.conformance.v1.";

export function codecOperations({ schema }: Host): Operations {
  const byName = schema as unknown as Readonly<Record<string, unknown>>;
  const registry = createRegistry(
    ...Object.entries(byName)
      .filter(([name]) => name.endsWith("Json"))
      .map(([, each]) => each as JsonType<unknown, unknown>)
      // An enum's has no message type.
      .filter((each) => each.type !== undefined),
  );
  const codecOf = (order: Order): Codec => {
    const name = textOf(order, "type").slice(PACKAGE.length);
    const type = byName[name] as Codec["type"] | undefined;
    const json = byName[`${name}Json`] as Codec["json"] | undefined;
    if (type === undefined || json === undefined) throw new BadOrder(`no message ${name}`);
    return { type, json };
  };
  const bytesOf = (order: Order): Uint8Array =>
    new Uint8Array(Buffer.from(textOf(order, "bytes"), "base64"));
  const told = (bytes: Uint8Array) => ({ bytes: Buffer.from(bytes).toString("base64") });
  return mapped({
    "codec.decode": (order) => {
      const { type, json } = codecOf(order);
      return { json: json.stringify(type.decode(bytesOf(order)), { registry }) };
    },
    "codec.encode": (order) => {
      const { type, json } = codecOf(order);
      return told(type.encode(json.parse(textOf(order, "json"), { registry })));
    },
    "codec.binary": (order) => {
      const { type } = codecOf(order);
      return told(type.encode(type.decode(bytesOf(order))));
    },
    "codec.json": (order) => {
      const { json } = codecOf(order);
      return {
        json: json.stringify(json.parse(textOf(order, "json"), { registry }), { registry }),
      };
    },
  });
}

/** What a codec does not accept is MALFORMED, whatever its own error is called. */
function mapped(operations: Operations): Operations {
  return Object.fromEntries(
    Object.entries(operations).map(([name, operation]) => [
      name,
      (order: Order) => {
        try {
          return operation(order);
        } catch (error) {
          if (error instanceof CodecError) throw new Malformed(error.message);
          throw error;
        }
      },
    ]),
  );
}
