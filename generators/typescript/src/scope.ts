/**
 * What one generated file may call things: its own names, what it imports, and the runtime. Asking for a type imports it.
 * It must be asked for every type before local variables are named.
 */
import type { Target } from "@nexus-bridge/generate-core";
import type { Enum, Message, Model, SchemaFile } from "@nexus-bridge/schema";
import { createImports, type Imports } from "./imports.ts";
import { isReservedWord, lowerFirst, unique } from "./naming.ts";
import { type ExportedNames, type PackageNames, packageNames } from "./package-names.ts";
import { hasRules } from "./rules.ts";
import type { ImportView, MessageWords } from "./view.ts";

/** Globals that generated code uses; where a schema has such a name they are spelt `globalThis.Map`. */
const globals = [
  "Array",
  "AsyncIterable",
  "BigInt",
  "Map",
  "Object",
  "Promise",
  "String",
  "Uint8Array",
];

/** google.protobuf's types that the runtime has. */
const runtimeNames: Readonly<
  Record<string, readonly [type: string, init: string, constant: string]>
> = {
  timestamp: ["Timestamp", "TimestampInit", "Timestamp"],
  duration: ["Duration", "DurationInit", "Duration"],
  any: ["Any", "AnyInit", "Any"],
  empty: ["Empty", "EmptyInit", "Empty"],
  field_mask: ["FieldMask", "FieldMaskInit", "FieldMask"],
  struct: ["JsonObject", "JsonObject", "Struct"],
  value: ["JsonValue", "JsonValue", "Value"],
  list_value: ["JsonValue[]", "readonly JsonValue[]", "ListValue"],
  double_value: ["number", "number", "DoubleValue"],
  float_value: ["number", "number", "FloatValue"],
  int64_value: ["bigint", "bigint", "Int64Value"],
  uint64_value: ["bigint", "bigint", "UInt64Value"],
  int32_value: ["number", "number", "Int32Value"],
  uint32_value: ["number", "number", "UInt32Value"],
  bool_value: ["boolean", "boolean", "BoolValue"],
  string_value: ["string", "string", "StringValue"],
  bytes_value: ["Uint8Array", "Uint8Array", "BytesValue"],
};

export interface Scope {
  readonly gen1: string;
  message(message: Message): MessageWords & { readonly constant: string };
  enumeration(type: Enum): { readonly type: string; readonly json: string };
  error(message: Message): string;
  exported(fullName: string): ExportedNames;
  /** A name for something that the file keeps to itself. */
  claim(name: string): string;
  global(name: string): string;
  /** A variable that hides nothing the file uses. */
  local(name: string, taken: Set<string>): string;
  imports(): readonly ImportView[];
}

/** The names of every package of the model, each computed once. */
export function namesOfPackages(model: Model): (packageName: string) => PackageNames {
  const known = new Map<string, PackageNames>();
  return (packageName) => {
    const found = known.get(packageName) ?? packageNames(model, packageName);
    known.set(packageName, found);
    return found;
  };
}

export interface ScopeRequest {
  readonly file: SchemaFile;
  readonly target: Target;
  readonly namesOf: (packageName: string) => PackageNames;
  /** The module's path below the target's folder, without extension. */
  readonly moduleOf: (file: SchemaFile) => string;
}

type BoundWords = MessageWords & { readonly constant: string };

export function createScope(request: ScopeRequest): Scope {
  const { file, namesOf } = request;
  const own = namesOf(file.package);
  const taken = new Set([...own.taken, ...globals]);
  const gen1 = unique("gen1", taken);
  const imports = createImports(request, taken);
  const known = new Map<string, BoundWords>();
  const exportedOf = (type: Message | Enum): ExportedNames =>
    exportedIn(namesOf(type.file.package), type.fullName);
  const scope: Scope = {
    gen1,
    message(message) {
      const found = known.get(message.fullName) ?? words(message);
      known.set(message.fullName, found);
      return found;
    },
    enumeration(type) {
      if (type.fullName === "google.protobuf.NullValue") {
        return { type: `${gen1}.NullValue`, json: "" };
      }
      const names = exportedOf(type);
      return {
        type: imports.bring(type.file, names.self, { isValue: false, isType: true }),
        json: imports.bring(type.file, names.json, { isValue: true, isType: false }),
      };
    },
    error(message) {
      const { error } = exportedOf(message);
      return imports.bring(message.file, error, { isValue: true, isType: false });
    },
    exported: (fullName) => exportedIn(own, fullName),
    claim: (name) => unique(name, taken),
    global: (name) => (own.taken.has(name) ? `globalThis.${name}` : name),
    local(name, locals) {
      let free = name;
      while (isReservedWord(free) || taken.has(free) || locals.has(free)) free += "_";
      locals.add(free);
      return free;
    },
    imports: imports.list,
  };
  const words = (message: Message): BoundWords => {
    if (message.wellKnown !== undefined) return runtimeWords(message.wellKnown, scope);
    const names = exportedOf(message);
    if (message.file === file) return ownWords(message, names, scope);
    return importedWords(message, names, imports);
  };
  return scope;
}

function runtimeWords(name: string, scope: Scope): BoundWords {
  const { gen1 } = scope;
  const [type, init, constant] = runtimeNames[name] ?? ["", "", ""];
  const spell = (text: string): string => {
    if (text === "Uint8Array") return scope.global(text);
    const isOfRuntime = /^[A-Z]/.test(text) || text.startsWith("readonly ");
    return isOfRuntime ? text.replace(/[A-Z]\w*/, `${gen1}.$&`) : text;
  };
  return {
    type: spell(type),
    init: spell(init),
    ...members(`${gen1}.${constant}`, `${gen1}.${constant}Json`),
    validate: undefined,
    isValidateOptional: true,
  };
}

function ownWords(message: Message, names: ExportedNames, scope: Scope): BoundWords {
  const { self, init } = names;
  return {
    type: self,
    init,
    constant: self,
    create: scope.claim(`create${self}`),
    write: scope.claim(`write${self}`),
    read: scope.claim(`read${self}`),
    toJson: scope.claim(`${lowerFirst(self)}ToJson`),
    fromJson: scope.claim(`${lowerFirst(self)}FromJson`),
    validate: hasRules(message) ? scope.claim(`validate${self}`) : undefined,
    isValidateOptional: false,
  };
}

function importedWords(message: Message, names: ExportedNames, imports: Imports): BoundWords {
  const { file } = message;
  const constant = imports.bring(file, names.self, { isValue: true, isType: true });
  const json = imports.bring(file, names.json, { isValue: true, isType: false });
  return {
    type: constant,
    init: imports.bring(file, names.init, { isValue: false, isType: true }),
    ...members(constant, json),
    validate: hasRules(message) ? `${constant}.validate` : undefined,
    isValidateOptional: true,
  };
}

function members(
  constant: string,
  json: string,
): Pick<MessageWords, "create" | "write" | "read" | "toJson" | "fromJson"> & { constant: string } {
  return {
    constant,
    create: `${constant}.create`,
    write: `${constant}.write`,
    read: `${constant}.read`,
    toJson: `${json}.toJson`,
    fromJson: `${json}.fromJson`,
  };
}

function exportedIn(names: PackageNames, fullName: string): ExportedNames {
  const found = names.names.get(fullName);
  if (found === undefined) throw new Error(`the model has no type ${fullName}`);
  return found;
}
