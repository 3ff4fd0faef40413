/**
 * Fingerprints of message types: two types have the same when everything that reaches the wire, JSON or Nexus is the
 * same in them and in all they refer to. Comments, file names and declaration order do not count.
 *
 * The canonical form, for other implementations: each message or enum has a text, UTF-8, every line ending in LF, words
 * separated by one space. `<text>` stands for its length in UTF-8 bytes in decimal, a colon, and the text itself.
 *
 *     message <full name>
 *     field <number> <name> <json name> <cardinality> <type> [delimited] [unchecked] [oneof=<name>] [default=<value>]
 *       [pii] [required] [min=<bound>] [max=<bound>] [min_length=n] [max_length=n]      one a field, by number
 *     topic <template> <qos> [retained] [ordering=<name>] [ttl=n] [compatibility=word]  where there is one
 *     error <code> [retryable]                                                          where there is one
 *
 *     enum <full name> open|closed
 *     value <number> <name>                                                             by number, then name
 *
 * Names are bare (they are ASCII identifiers); only the JSON name, the template and values are `<text>`. A field is one
 * line. Cardinality is `implicit`, `explicit`, `required`, `repeated`, `packed` or `map:<key type>`; type is a scalar's
 * name, `message:<full name>` or `enum:<full name>`. Default values: integers and enums in decimal, `true`, `false`,
 * strings as they are, bytes in lower-case hex, floating point as the 16 hex digits of the binary64; bounds alike.
 * `unchecked` stands on strings (also as a map's key or value) whose UTF-8 is not verified.
 *
 * The fingerprint is the first eight bytes, big-endian, of SHA-256 over the SHA-256 digests (32 bytes each) of the texts
 * of the type's closure, the type itself included, in the order of their full names.
 */
import type { Enum, Field, Message } from "./model.ts";
import type { Mutable } from "./model-shells.ts";
import { compareText } from "./report.ts";
import { sha256 } from "./sha256.ts";
import { utf8Bytes } from "./utf8.ts";

type Declaration = Message | Enum;

export function fillFingerprints(messages: readonly Mutable<Message>[]): void {
  const digests = new Map<Declaration, Uint8Array>();
  for (const message of messages) message.fingerprint = fingerprintOf(message, digests);
}

function fingerprintOf(message: Message, digests: Map<Declaration, Uint8Array>): bigint {
  const closure = closureOf(message);
  const joined = new Uint8Array(closure.length * 32);
  for (const [index, declaration] of closure.entries()) {
    const digest = digests.get(declaration) ?? sha256(utf8Bytes(canonicalText(declaration)));
    digests.set(declaration, digest);
    joined.set(digest, index * 32);
  }
  return new DataView(sha256(joined).buffer).getBigUint64(0);
}

function closureOf(message: Message): readonly Declaration[] {
  const found = new Set<Declaration>([message]);
  // A set visits what is added while it is walked.
  for (const declaration of found) {
    if (declaration.kind === "enum") continue;
    for (const { type } of declaration.fields) {
      if (type.kind === "message") found.add(type.message);
      else if (type.kind === "enum") found.add(type.enum);
    }
  }
  return [...found].sort((left, right) => compareText(left.fullName, right.fullName));
}

/** Exported for the vectors and for tools that show why two fingerprints differ. */
export function canonicalText(declaration: Declaration): string {
  return declaration.kind === "enum" ? enumText(declaration) : messageText(declaration);
}

function enumText({ fullName, closed, values }: Enum): string {
  const sorted = [...values].sort(
    (left, right) => left.number - right.number || compareText(left.name, right.name),
  );
  const lines = sorted.map(({ number, name }) => `value ${number} ${name}\n`);
  return `enum ${fullName} ${closed ? "closed" : "open"}\n${lines.join("")}`;
}

function messageText(message: Message): string {
  const fields = [...message.fields].sort((left, right) => left.number - right.number);
  const lines = [`message ${message.fullName}`, ...fields.map(fieldLine)];
  const { topic, error } = message;
  if (topic !== undefined) {
    const words = ["topic", sized(topic.template), `${topic.qos}`];
    if (topic.retained) words.push("retained");
    if (topic.orderingKey !== undefined) words.push(`ordering=${topic.orderingKey.name}`);
    if (topic.ttlMs !== undefined) words.push(`ttl=${topic.ttlMs}`);
    if (topic.compatibility !== undefined) words.push(`compatibility=${topic.compatibility}`);
    lines.push(words.join(" "));
  }
  if (error !== undefined) lines.push(`error ${error.code}${error.retryable ? " retryable" : ""}`);
  return `${lines.join("\n")}\n`;
}

function fieldLine(field: Field): string {
  const { name, number, jsonName, oneof, rules, defaultValue, type, cardinality } = field;
  const words = [
    "field",
    `${number}`,
    name,
    sized(jsonName),
    cardinalityWord(field),
    typeWord(field),
  ];
  const isText =
    (type.kind === "scalar" && type.scalar === "string") ||
    (cardinality.kind === "map" && cardinality.key === "string");
  if (field.delimited) words.push("delimited");
  if (isText && !field.utf8Checked) words.push("unchecked");
  if (oneof !== undefined) words.push(`oneof=${oneof.name}`);
  if (defaultValue !== undefined) words.push(`default=${sized(valueText(field, defaultValue))}`);
  if (field.pii) words.push("pii");
  if (rules?.required === true) words.push("required");
  if (rules?.min !== undefined) words.push(`min=${sized(valueText(field, rules.min))}`);
  if (rules?.max !== undefined) words.push(`max=${sized(valueText(field, rules.max))}`);
  if (rules?.minLength !== undefined) words.push(`min_length=${rules.minLength}`);
  if (rules?.maxLength !== undefined) words.push(`max_length=${rules.maxLength}`);
  return words.join(" ");
}

function cardinalityWord({ cardinality }: Field): string {
  switch (cardinality.kind) {
    case "singular":
      return cardinality.presence;
    case "repeated":
      return cardinality.packed ? "packed" : "repeated";
    case "map":
      return `map:${cardinality.key}`;
    default:
      return cardinality satisfies never;
  }
}

function typeWord({ type }: Field): string {
  switch (type.kind) {
    case "scalar":
      return type.scalar;
    case "enum":
      return `enum:${type.enum.fullName}`;
    case "message":
      return `message:${type.message.fullName}`;
    default:
      return type satisfies never;
  }
}

function valueText({ type }: Field, value: NonNullable<Field["defaultValue"]>): string {
  const isReal = type.kind === "scalar" && (type.scalar === "double" || type.scalar === "float");
  if (value instanceof Uint8Array) return hex(value);
  if (!isReal || typeof value !== "number") return `${value}`;
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setFloat64(0, value);
  return hex(new Uint8Array(bytes.buffer));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function sized(text: string): string {
  return `${utf8Bytes(text).length}:${text}`;
}
