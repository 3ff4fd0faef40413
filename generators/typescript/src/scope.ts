/**
 * What one generated file may call things: its own names, what it imports, and the runtime. Asking for a type imports it.
 * It must be asked for every type before local variables are named.
 */
import type { Target } from "@nexus-bridge/generate-core";
import type { Enum, Message, Model, SchemaFile } from "@nexus-bridge/schema";
import { baseName, folderOf, isReservedWord, lowerFirst, unique } from "./naming.ts";
import { type ExportedNames, type PackageNames, packageNames } from "./package-names.ts";
import { hasRules } from "./rules.ts";
import type { ImportedName, ImportView, MessageWords } from "./view.ts";

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

export function createScope({ file, target, namesOf, moduleOf }: ScopeRequest): Scope {
  const own = namesOf(file.package);
  const taken = new Set([...own.taken, ...globals]);
  const gen1 = unique("gen1", taken);
  const imported = new Map<string, Map<string, ImportedName>>();
  const known = new Map<string, MessageWords & { readonly constant: string }>();

  const bring = (from: SchemaFile, name: string, isValue: boolean, isType: boolean): string => {
    if (from === file) return name;
    const path = specifier(file, from, target, moduleOf);
    const names = imported.get(path) ?? new Map<string, ImportedName>();
    imported.set(path, names);
    const before = names.get(name);
    // A sibling file of the package cannot have the same names.
    const isSibling = from.package === file.package;
    const alias = before?.alias ?? (isSibling ? name : unique(name, taken));
    names.set(name, {
      name,
      alias,
      isValue: isValue || before?.isValue === true,
      isType: isType || before?.isType === true,
    });
    return alias;
  };
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
        type: bring(type.file, names.self, false, true),
        json: bring(type.file, names.json, true, false),
      };
    },
    error: (message) => bring(message.file, exportedOf(message).error, true, false),
    exported: (fullName) => exportedIn(own, fullName),
    claim: (name) => unique(name, taken),
    global: (name) => (own.taken.has(name) ? `globalThis.${name}` : name),
    local(name, locals) {
      let free = name;
      while (isReservedWord(free) || taken.has(free) || locals.has(free)) free += "_";
      locals.add(free);
      return free;
    },
    imports: () =>
      [...imported]
        .map(([from, names]) => ({ from, names: [...names.values()].toSorted(byName) }))
        .toSorted((left, right) => (left.from < right.from ? -1 : 1)),
  };

  function words(message: Message): MessageWords & { readonly constant: string } {
    if (message.wellKnown !== undefined) return runtimeWords(message.wellKnown);
    const names = exportedOf(message);
    if (message.file === file) return ownWords(message, names);
    const constant = bring(message.file, names.self, true, true);
    const json = bring(message.file, names.json, true, false);
    return {
      type: constant,
      init: bring(message.file, names.init, false, true),
      ...members(constant, json),
      validate: hasRules(message) ? `${constant}.validate` : undefined,
      isValidateOptional: true,
    };
  }

  function runtimeWords(name: string): MessageWords & { readonly constant: string } {
    const [type, init, constant] = runtimeNames[name] ?? ["", "", ""];
    const spell = (text: string): string => {
      if (text === "Uint8Array") return scope.global(text);
      return /^[a-z]/.test(text) && !text.startsWith("readonly ")
        ? text
        : text.replace(/[A-Z]\w*/, `${gen1}.$&`);
    };
    return {
      type: spell(type),
      init: spell(init),
      ...members(`${gen1}.${constant}`, `${gen1}.${constant}Json`),
      validate: undefined,
      isValidateOptional: true,
    };
  }

  function ownWords(
    message: Message,
    names: ExportedNames,
  ): MessageWords & { readonly constant: string } {
    const { self } = names;
    return {
      type: self,
      init: names.init,
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
  return scope;
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

function specifier(
  from: SchemaFile,
  to: SchemaFile,
  target: Target,
  moduleOf: (file: SchemaFile) => string,
): string {
  const published = target.imports[to.package];
  if (published !== undefined) return `${published.package}/${folderOf(to)}/index.js`;
  const here = folderOf(from)
    .split("/")
    .filter((part) => part !== "");
  const there = moduleOf(to).split("/");
  let shared = 0;
  while (shared < here.length && shared < there.length - 1 && here[shared] === there[shared]) {
    shared += 1;
  }
  const up = here.length - shared;
  const path = `${up === 0 ? "./" : "../".repeat(up)}${there.slice(shared).join("/")}`;
  return `${path}.${target.options.importExtension ?? "js"}`;
}

/** `orders/v1/orders` of a file; of two files that would be one module the later gets a number. */
export function modulePaths(files: readonly SchemaFile[]): (file: SchemaFile) => string {
  const paths = new Map<SchemaFile, string>();
  const taken = new Set<string>();
  for (const file of files) {
    const folder = folderOf(file);
    const path = folder === "" ? baseName(file) : `${folder}/${baseName(file)}`;
    let free = path;
    for (let count = 2; taken.has(free.toLowerCase()); count += 1) free = `${path}_${count}`;
    taken.add(free.toLowerCase());
    paths.set(file, free);
  }
  return (file) => paths.get(file) ?? baseName(file);
}

function byName(left: ImportedName, right: ImportedName): number {
  return left.name < right.name ? -1 : 1;
}
