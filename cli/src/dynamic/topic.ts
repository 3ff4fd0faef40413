/**
 * Connects concrete topic names with the topic templates of a schema: which message belongs to a topic, and which of its
 * fields the topic's name already says.
 */
import type { Field, Message, Model, Topic } from "@nexus-bridge/schema";
import { usageFailure } from "../failure.ts";

const deadPrefix = "$dead.";

/** The topic whose template the concrete name fits; the one with most literal tokens where several do. */
export function findTopic(model: Model | undefined, name: string): Topic | undefined {
  if (model === undefined) return undefined;
  const tokens = name.split(".");
  let best: Topic | undefined;
  for (const { topic } of model.messages.values()) {
    if (topic === undefined || !fits(topic, tokens)) continue;
    if (best === undefined || literals(topic) > literals(best)) best = topic;
  }
  return best;
}

function fits(topic: Topic, tokens: readonly string[]): boolean {
  if (topic.tokens.length !== tokens.length) return false;
  return topic.tokens.every((token, index) => {
    const text = tokens[index] ?? "";
    return token.kind === "literal"
      ? token.text === text
      : fieldValue(token.field, text) !== undefined;
  });
}

function literals(topic: Topic): number {
  return topic.tokens.filter((token) => token.kind === "literal").length;
}

/** `json` with the fields that the topic's name gives; a field that says something else is refused. */
export function fillFields(topic: Topic, name: string, json: unknown): unknown {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw usageFailure(`the message must be a JSON object of ${topic.message.fullName}`);
  }
  const filled: Record<string, unknown> = { ...json };
  for (const [index, text] of name.split(".").entries()) {
    const token = topic.tokens[index];
    if (token?.kind !== "field") continue;
    const { field } = token;
    const value = fieldValue(field, text);
    const key = field.name in filled ? field.name : field.jsonName;
    const given = filled[key];
    if (given !== undefined && !isSame(field, given, value)) {
      throw usageFailure(
        `"${key}" is ${JSON.stringify(given)}, but the topic ${name} says ${JSON.stringify(value)}: leave the field out, or publish to another topic`,
      );
    }
    filled[key] = value;
  }
  return filled;
}

/** The ordering key of `json`, as the SDKs make it of the field that the schema names; nothing where it names none. */
export function orderingKeyOf(topic: Topic, json: unknown): { key?: string } {
  const field = topic.orderingKey;
  if (field === undefined) return {};
  const values = json as Readonly<Record<string, unknown>>;
  const value = values[field.jsonName] ?? values[field.name] ?? "";
  const { type } = field;
  if (type.kind === "enum") {
    const named = type.enum.values.find((known) => known.name === value);
    return { key: String(named?.number ?? value) };
  }
  return { key: String(value) };
}

/** What a token says of its field, in proto-JSON; undefined where it cannot be its text. */
function fieldValue(field: Field, text: string): string | boolean | number | undefined {
  const { type } = field;
  if (type.kind === "enum") {
    if (type.enum.values.some((value) => value.name === text)) return text;
    return /^-?\d+$/.test(text) ? Number(text) : undefined;
  }
  if (type.kind === "message") return undefined;
  switch (type.scalar) {
    case "string":
      return unescaped(text);
    case "bool":
      return text === "true" ? true : text === "false" ? false : undefined;
    default:
      return /^-?\d+$/.test(text) ? text : undefined;
  }
}

function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function isSame(field: Field, given: unknown, value: unknown): boolean {
  if (given === value || String(given) === String(value)) return true;
  if (field.type.kind !== "enum") return false;
  const named = field.type.enum.values.find((known) => known.name === value);
  return named !== undefined && named.number === given;
}

/** The message of a topic, for showing an event; a dead letter is what its own topic has. */
export function messageOf(model: Model | undefined, name: string): Message | undefined {
  return findTopic(model, ownTopic(name))?.message;
}

/** The topic that a message was published to, where `name` may be that of its dead letters. */
export function ownTopic(name: string): string {
  return name.startsWith(deadPrefix) ? name.slice(deadPrefix.length) : name;
}
