/** Fills a message of the model: fields, oneofs, topic, error. */
import type { LinkedField, LinkedMessage, LinkedType } from "./linked.ts";
import type {
  Cardinality,
  ErrorDeclaration,
  Field,
  Message,
  Oneof,
  Scalar,
  Topic,
  ValueType,
  WellKnown,
} from "./model.ts";
import { declaredOf, type Mutable, type Shells } from "./model-shells.ts";
import {
  errorOption,
  fieldOption,
  orderingKeyOf,
  rulesOf,
  templateTokens,
  topicSettings,
} from "./nexus-words.ts";
import { enumNameOf, flagOf, messageOf, numberOf, settingOf } from "./option-read.ts";

const wellKnown: ReadonlyMap<string, WellKnown> = new Map<string, WellKnown>([
  ["Timestamp", "timestamp"],
  ["Duration", "duration"],
  ["Any", "any"],
  ["Struct", "struct"],
  ["Value", "value"],
  ["ListValue", "list_value"],
  ["Empty", "empty"],
  ["FieldMask", "field_mask"],
  ["DoubleValue", "double_value"],
  ["FloatValue", "float_value"],
  ["Int64Value", "int64_value"],
  ["UInt64Value", "uint64_value"],
  ["Int32Value", "int32_value"],
  ["UInt32Value", "uint32_value"],
  ["BoolValue", "bool_value"],
  ["StringValue", "string_value"],
  ["BytesValue", "bytes_value"],
]);

export function fillMessage(
  shells: Shells,
  linked: LinkedMessage,
  message: Mutable<Message>,
): void {
  const oneofs = linked.oneofs.map(
    (oneof): Mutable<Oneof> => ({
      kind: "oneof",
      ...declaredOf(shells, oneof),
      parent: message,
      fields: [],
    }),
  );
  const fields = linked.fields.map((field) => {
    const oneof = field.oneof && oneofs[linked.oneofs.indexOf(field.oneof)];
    return makeField(shells, field, { message, oneof });
  });
  for (const oneof of oneofs) {
    oneof.fields = Object.freeze(fields.filter((field) => field.oneof === oneof));
    Object.freeze(oneof);
  }
  message.fields = Object.freeze(fields);
  message.oneofs = Object.freeze(oneofs);
  message.messages = freezeFound(linked.messages.map((nested) => shells.messages.get(nested)));
  message.enums = freezeFound(linked.enums.map((nested) => shells.enums.get(nested)));
  const known =
    linked.file.package === "google.protobuf"
      ? wellKnown.get(linked.fullName.slice(16))
      : undefined;
  if (known !== undefined) message.wellKnown = known;
  const topic = topicOf(linked, message);
  if (topic !== undefined) message.topic = topic;
  const error = errorOf(linked, message);
  if (error !== undefined) message.error = error;
}

interface FieldPlace {
  readonly message: Message;
  readonly oneof: Oneof | undefined;
}

export function makeField(
  shells: Shells,
  linked: LinkedField,
  { message, oneof }: FieldPlace,
): Field {
  const rules = rulesOf(linked);
  const jsType = jsTypeOf(linked);
  const { defaultValue } = linked;
  const entry = entryOf(linked);
  return Object.freeze({
    kind: "field",
    ...declaredOf(shells, linked),
    parent: message,
    number: linked.number,
    jsonName: linked.jsonName,
    cardinality: Object.freeze(cardinalityOf(linked)),
    type: Object.freeze(typeOf(shells, entry === undefined ? linked.type : entry.value.type)),
    delimited: isDelimited(linked),
    utf8Checked: linked.features.utf8Validation === "VERIFY",
    pii: flagOf(messageOf(linked.options, fieldOption), "pii"),
    ...(oneof === undefined ? {} : { oneof }),
    ...(defaultValue === undefined ? {} : { defaultValue }),
    ...(jsType === undefined ? {} : { jsType }),
    ...(rules === undefined ? {} : { rules: Object.freeze(rules) }),
  });
}

function entryOf(
  linked: LinkedField,
): { readonly key: LinkedField; readonly value: LinkedField } | undefined {
  if (linked.type?.kind !== "message" || !linked.type.message.isMapEntry) return undefined;
  const [key, value] = linked.type.message.fields;
  return key === undefined || value === undefined ? undefined : { key, value };
}

function cardinalityOf(linked: LinkedField): Cardinality {
  const entry = entryOf(linked);
  if (entry !== undefined) {
    const { type } = entry.key;
    return { kind: "map", key: type?.kind === "scalar" ? type.scalar : "string" };
  }
  if (linked.label === "repeated") return { kind: "repeated", packed: isPacked(linked) };
  return { kind: "singular", presence: presenceOf(linked) };
}

export function presenceOf(linked: LinkedField): "implicit" | "explicit" | "required" {
  const isRequired = linked.features.fieldPresence === "LEGACY_REQUIRED";
  if (linked.label === "required" || isRequired) return "required";
  const isVisible = linked.type?.kind === "message" || linked.oneof !== undefined;
  if (isVisible || linked.isProto3Optional || linked.isExtension) return "explicit";
  return linked.features.fieldPresence === "IMPLICIT" ? "implicit" : "explicit";
}

export function isPackable({ label, type }: LinkedField): boolean {
  if (label !== "repeated" || type === undefined || type.kind === "message") return false;
  return type.kind === "enum" || (type.scalar !== "string" && type.scalar !== "bytes");
}

function isPacked(linked: LinkedField): boolean {
  if (!isPackable(linked)) return false;
  const written = settingOf(linked.options, "packed")?.values[0];
  return typeof written === "boolean"
    ? written
    : linked.features.repeatedFieldEncoding === "PACKED";
}

function isDelimited(linked: LinkedField): boolean {
  if (linked.isGroup) return true;
  const isMessage = linked.type?.kind === "message" && !linked.type.message.isMapEntry;
  return isMessage && linked.features.messageEncoding === "DELIMITED";
}

function jsTypeOf(linked: LinkedField): Field["jsType"] {
  const word = enumNameOf(linked.options, "jstype");
  return word === "JS_STRING" ? "string" : word === "JS_NUMBER" ? "number" : undefined;
}

/** Only called for schemas without errors, where every type is there. */
function typeOf(shells: Shells, type: LinkedType | undefined): ValueType {
  if (type?.kind === "scalar") return { kind: "scalar", scalar: type.scalar satisfies Scalar };
  if (type?.kind === "enum") {
    const found = shells.enums.get(type.enum);
    if (found !== undefined) return { kind: "enum", enum: found };
  }
  if (type?.kind === "message") {
    const found = shells.messages.get(type.message);
    if (found !== undefined) return { kind: "message", message: found };
  }
  throw new Error("a model is built of complete declarations only");
}

function topicOf(linked: LinkedMessage, message: Message): Topic | undefined {
  const settings = topicSettings(linked);
  if (settings === undefined) return undefined;
  const fieldOf = (name: string | undefined): Field | undefined =>
    message.fields.find((field) => field.name === name);
  const tokens = templateTokens(settings.template).map((token) => {
    const field = token.kind === "field" ? fieldOf(token.name) : undefined;
    if (field !== undefined) return Object.freeze({ kind: "field" as const, field });
    const text = token.kind === "literal" ? token.text : `{${token.name}}`;
    return Object.freeze({ kind: "literal" as const, text });
  });
  const orderingKey = fieldOf(orderingKeyOf(linked));
  return Object.freeze({
    kind: "topic",
    message,
    ...settings,
    tokens: Object.freeze(tokens),
    ...(orderingKey === undefined ? {} : { orderingKey }),
  });
}

function errorOf(linked: LinkedMessage, message: Message): ErrorDeclaration | undefined {
  const options = messageOf(linked.options, errorOption);
  if (options === undefined) return undefined;
  const code = numberOf(options, "code") ?? 0;
  const codeName = enumNameOf(options, "code") ?? "UNKNOWN";
  const retryable = flagOf(options, "retryable");
  return Object.freeze({ kind: "error", message, code, codeName, retryable });
}

function freezeFound<Item>(items: readonly (Item | undefined)[]): readonly Item[] {
  return Object.freeze(items.filter((item) => item !== undefined));
}
