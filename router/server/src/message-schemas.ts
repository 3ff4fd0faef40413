/** The registry's schemas as the core and the JSON lines want them: one message in, one message out, never without bounds. */
import { parseJsonText } from "@nexus-bridge/codec";
import type { MessageSchema, MessageSchemas } from "@nexus-bridge/router-core";
import type { SchemaIndex } from "@nexus-bridge/router-registry";
import type { Message } from "@nexus-bridge/schema";
import { decodeToJson, encodeJson } from "@nexus-bridge/schema-dynamic";

/** Values, objects and lists that one message may have in JSON: each costs far more memory than its text. */
const NODES_MAX = 100_000;

const known = new WeakMap<Message, MessageSchema>();

/** `index` is asked every time: what it knows may change. */
export function messageSchemas(index: SchemaIndex): MessageSchemas {
  return {
    method: (name) => {
      const types = index.method(name);
      return (
        types && { request: schemaOf(types.requestType), response: schemaOf(types.responseType) }
      );
    },
    topic: (name) => {
      const type = index.topic(name);
      return type && schemaOf(type);
    },
  };
}

function schemaOf(type: Message): MessageSchema {
  let schema = known.get(type);
  if (schema === undefined) {
    schema = {
      fromJson: (text) => {
        const json = parseJsonText(text);
        if (!hasAtMost(json, NODES_MAX))
          throw new Error(`the message has more than ${NODES_MAX} values`);
        return encodeJson(type, json);
      },
      toJson: (bytes) => decodeToJson(type, bytes),
    };
    known.set(type, schema);
  }
  return schema;
}

/** Counts values without recursion; how deep they nest is the codec's to judge. */
function hasAtMost(json: unknown, nodesMax: number): boolean {
  const open: unknown[] = [json];
  for (let left = nodesMax; open.length > 0; left--) {
    if (open.length > left) return false;
    const value = open.pop();
    if (typeof value !== "object" || value === null) continue;
    const values = Object.values(value);
    if (values.length > left) return false;
    for (const each of values) open.push(each);
  }
  return true;
}
