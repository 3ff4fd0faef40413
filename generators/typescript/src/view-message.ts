/** A message of the model as words: its members, how each value is read and written, what its rules say. */
import type { Docs, Field, Message, Oneof, Rules, ValueType } from "@nexus-bridge/schema";
import { commentLines } from "./literal.ts";
import { camelCase, caseNames, memberNames, pascalCase } from "./naming.ts";
import type { Scope } from "./scope.ts";
import { defaultText, scalars } from "./types.ts";
import type {
  CaseView,
  FieldView,
  MemberView,
  MessageView,
  OneofView,
  RulesView,
  ValueView,
} from "./view.ts";

/** What the decoder calls things itself. */
const decoderNames = [
  "reader",
  "end",
  "base",
  "tag",
  "unknown",
  "message",
  "entry",
  "key",
  "value",
  "count",
];

export function docsOf(item: {
  readonly docs: Docs;
  readonly deprecated: boolean;
}): readonly string[] {
  const { leading, trailing } = item.docs;
  const space = leading.length > 0 && trailing.length > 0 ? [""] : [];
  const lines = commentLines([...leading, ...space, ...trailing]);
  return item.deprecated ? [...lines, "@deprecated"] : lines;
}

/** Makes the scope import everything that the message's fields need. */
export function bringTypes(message: Message, scope: Scope): void {
  scope.message(message);
  for (const field of message.fields) {
    if (field.type.kind === "message") scope.message(field.type.message);
    else if (field.type.kind === "enum") scope.enumeration(field.type.enum);
  }
}

export function messageView(message: Message, scope: Scope): MessageView {
  const words = scope.message(message);
  const names = memberNames(message);
  const locals = new Set(decoderNames);
  const members: MemberView[] = [];
  const seen = new Set<Oneof>();
  for (const field of message.fields) {
    const { oneof } = field;
    if (oneof === undefined) {
      const name = names.get(field.name) ?? field.name;
      members.push(fieldView(field, name, scope.local(name, locals), scope));
    } else if (!seen.has(oneof)) {
      seen.add(oneof);
      const name = names.get(oneof.name) ?? oneof.name;
      members.push(oneofView(oneof, name, scope.local(name, locals), scope));
    }
  }
  return {
    words,
    isExtendable: message.isExtendable,
    constant: words.constant,
    jsonConstant: scope.exported(message.fullName).json,
    namesConstant: scope.claim(`${camelCase(words.type)}Names`),
    typeName: message.fullName,
    fingerprint: `0x${message.fingerprint.toString(16).padStart(16, "0")}n`,
    docs: docsOf(message),
    members,
  };
}

function fieldView(field: Field, name: string, local: string, scope: Scope): FieldView {
  const { cardinality } = field;
  const isMessage = field.type.kind === "message";
  const isRequired = cardinality.kind === "singular" && cardinality.presence === "required";
  const isExplicit = cardinality.kind === "singular" && cardinality.presence === "explicit";
  const key =
    cardinality.kind === "map"
      ? valueView({ kind: "scalar", scalar: cardinality.key }, 1, field, scope)
      : undefined;
  const hint = defaultText(field);
  const docs = docsOf(field);
  return {
    kind: cardinality.kind,
    name,
    local,
    docs: hint === undefined ? docs : [...docs, ...commentLines([`Default: ${hint}.`])],
    isOptional: isExplicit || (isMessage && cardinality.kind === "singular" && !isRequired),
    isRequired,
    number: field.number,
    schemaName: field.name,
    jsonName: field.jsonName,
    value: valueView(field.type, key === undefined ? field.number : 2, field, scope),
    key,
    container: key === undefined ? "" : scope.global("Map"),
    isPacked: cardinality.kind === "repeated" && cardinality.packed,
    rules: rulesView(field.rules, field.type),
  };
}

function oneofView(oneof: Oneof, name: string, local: string, scope: Scope): OneofView {
  const names = caseNames(oneof.fields);
  const cases = oneof.fields.map(
    (field): CaseView => ({
      name: names.get(field.name) ?? field.name,
      schemaName: field.name,
      jsonName: field.jsonName,
      docs: docsOf(field),
      value: valueView(field.type, field.number, field, scope),
      rules: rulesView(field.rules, field.type),
    }),
  );
  const isPlain = cases.every(({ value }) => value.kind !== "message");
  const owner = scope.message(oneof.parent).type;
  return {
    kind: "oneof",
    name,
    local,
    docs: docsOf(oneof),
    schemaName: oneof.name,
    create: isPlain ? undefined : scope.claim(`create${owner}${pascalCase(oneof.name)}`),
    cases,
  };
}

/** `field` says how the value stands in its message: its encoding, its UTF-8 check, its jstype. */
function valueView(type: ValueType, number: number, field: Field, scope: Scope): ValueView {
  const base = {
    packedTag: tagOf(number, 2),
    packed: "",
    jsType: undefined,
    isDelimited: false,
    enumJson: "",
    isClosed: false,
    isNullable: false,
    words: undefined,
  };
  if (type.kind === "message") {
    const words = scope.message(type.message);
    const isDelimited = field.delimited && field.cardinality.kind !== "map";
    return {
      ...base,
      kind: "message",
      type: words.type,
      init: words.init,
      zero: "",
      tag: tagOf(number, isDelimited ? 3 : 2),
      method: "",
      isDelimited,
      toJson: words.toJson,
      fromJson: words.fromJson,
      isNullable: type.message.wellKnown === "value",
      words,
    };
  }
  if (type.kind === "enum") {
    const names = scope.enumeration(type.enum);
    const isNull = names.json === "";
    return {
      ...base,
      kind: "enum",
      type: names.type,
      init: names.type,
      zero: zeroOfEnum(field, type.enum.values[0]?.number ?? 0, type.enum.closed),
      tag: tagOf(number, 0),
      method: "int32",
      packed: "Int32",
      toJson: isNull ? `${scope.gen1}.nullToJson` : `${names.json}.toJson`,
      fromJson: isNull ? `${scope.gen1}.nullFromJson` : `${names.json}.fromJson`,
      enumJson: names.json,
      isClosed: type.enum.closed,
      isNullable: isNull,
    };
  }
  return { ...base, ...scalarWords(type.scalar, number, field, scope) };
}

type ScalarPart = Pick<
  ValueView,
  "kind" | "type" | "init" | "zero" | "tag" | "method" | "packed" | "jsType" | "toJson" | "fromJson"
>;

function scalarWords(
  scalar: Extract<ValueType, { kind: "scalar" }>["scalar"],
  number: number,
  field: Field,
  scope: Scope,
): ScalarPart {
  const words = scalars[scalar];
  const isWhole = field.type.kind === "scalar" && field.type.scalar === scalar;
  const jsType = words.type === "bigint" && isWhole ? field.jsType : undefined;
  const type = jsType ?? (words.type === "Uint8Array" ? scope.global("Uint8Array") : words.type);
  const isReal = scalar === "double" || scalar === "float";
  const isUnchecked = scalar === "string" && !field.utf8Checked;
  return {
    kind: isReal ? "real" : words.type === "Uint8Array" ? "bytes" : words.type,
    type,
    init: type,
    zero: jsType === "string" ? '"0"' : jsType === "number" ? "0" : zeroOf(words.zero, scope),
    tag: tagOf(number, words.wireType),
    method: isUnchecked ? "uncheckedString" : words.method,
    packed: words.packed ?? "",
    jsType,
    toJson: words.toJson === undefined ? "" : `${scope.gen1}.${words.toJson}`,
    fromJson: `${scope.gen1}.${fromJsonName(words.fromJson, jsType)}`,
  };
}

/** `int64NumberFromJson` of `int64FromJson` for a jstype. */
function fromJsonName(name: string, jsType: string | undefined): string {
  return jsType === undefined ? name : name.replace("From", `${pascalCase(jsType)}From`);
}

function zeroOf(zero: string, scope: Scope): string {
  return zero.replace("Uint8Array", scope.global("Uint8Array"));
}

/** A closed enum starts at its first value, which need not be zero. */
function zeroOfEnum(field: Field, first: number, isClosed: boolean): string {
  const isRequired = field.cardinality.kind === "singular";
  return String(isClosed && isRequired ? first : 0);
}

function tagOf(number: number, wireType: number): number {
  return ((number << 3) | wireType) >>> 0;
}

function rulesView(rules: Rules | undefined, type: ValueType): RulesView | undefined {
  if (rules === undefined) return undefined;
  const literal = (bound: number | bigint | undefined): string | undefined =>
    bound === undefined ? undefined : typeof bound === "bigint" ? `${bound}n` : String(bound);
  const isNumber = type.kind === "scalar";
  return {
    isRequired: rules.required,
    min: isNumber ? literal(rules.min) : undefined,
    max: isNumber ? literal(rules.max) : undefined,
    minLength: rules.minLength,
    maxLength: rules.maxLength,
  };
}
