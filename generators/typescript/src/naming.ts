/**
 * How names of a schema are spelt in TypeScript. A name depends on the element alone; only what clashes gets a suffix: a
 * field its number, everything else `_`.
 */
import type { Enum, EnumValue, Field, Message, SchemaFile } from "@nexus-bridge/schema";

/** What no variable may be called in a module. */
const reservedWords = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends " +
    "false finally for function if implements import in instanceof interface let new null package private protected " +
    "public return static super switch this throw true try typeof undefined var void while with yield"
  ).split(" "),
);
/** What a type may not be called either. */
const reservedTypes = new Set(
  "any bigint boolean never number object string symbol unknown".split(" "),
);
/** Every object has these already, or something calls them. */
const reservedMembers = new Set([...Object.getOwnPropertyNames(Object.prototype), "toJSON"]);
/** An object with this method is taken for a promise. */
const reservedMethods = new Set([...reservedMembers, "then"]);

export function isReservedWord(name: string): boolean {
  return reservedWords.has(name);
}

/** `foo_bar` becomes `fooBar`. */
export function camelCase(name: string): string {
  const camel = name.replace(/_+([A-Za-z0-9]?)/g, (_, letter: string) => letter.toUpperCase());
  return /^[0-9]|^$/.test(camel) ? `_${camel}` : camel;
}

export function pascalCase(name: string): string {
  const camel = camelCase(name);
  return camel.charAt(0).toUpperCase() + camel.slice(1);
}

export function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** `Order_Line` of `Order.Line`. */
export function typeName(type: Message | Enum): string {
  const path: string[] = [];
  for (let at: Message | Enum | undefined = type; at !== undefined; at = at.parent) {
    path.unshift(at.name);
  }
  return topLevelName(path.join("_"));
}

/** A name that a module may declare as a type and as a constant. */
export function topLevelName(name: string): string {
  return reservedWords.has(name) || reservedTypes.has(name) ? `${name}_` : name;
}

/** The members of a message: fields outside oneofs and oneofs, by the declaration they come from. */
export function memberNames(message: Message): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const oneof of message.oneofs) claim(names, taken, oneof.name, "_");
  const fields = message.fields.filter((field) => field.oneof === undefined);
  for (const field of byNumber(fields)) claim(names, taken, field.name, `_${field.number}`);
  return names;
}

/** The `case` words of a oneof. */
export function caseNames(fields: readonly Field[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const field of byNumber(fields)) claim(names, taken, field.name, `_${field.number}`);
  return names;
}

export function methodNames(methods: readonly { readonly name: string }[]): readonly string[] {
  const taken = new Set<string>();
  return methods.map(({ name }) => {
    const camel = lowerFirst(name);
    return unique(reservedMethods.has(camel) ? `${camel}_` : camel, taken);
  });
}

/** `OPEN` of `STATUS_OPEN` in the enum `Status`: the prefix goes where a letter follows it. */
export function valueNames(values: readonly EnumValue[]): readonly string[] {
  const prefix = `${values[0]?.parent.name.replace(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, "$1$3_$2$4") ?? ""}_`;
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const value of byNumber(values)) {
    const rest = value.name.slice(prefix.length);
    const isPrefixed =
      value.name.toUpperCase().startsWith(prefix.toUpperCase()) && /^[A-Za-z]/.test(rest);
    const name = isPrefixed ? rest : value.name;
    const safe = reservedMembers.has(name) ? `${name}_` : name;
    const suffix = `_${value.number < 0 ? "minus_" : ""}${Math.abs(value.number)}`;
    names.set(value.name, unique(taken.has(safe) ? `${safe}${suffix}` : safe, taken));
  }
  return values.map((value) => names.get(value.name) ?? value.name);
}

/** `a/b/v1` of package `a.b.v1`, or what the file's own option says. */
export function folderOf(file: SchemaFile): string {
  return file.options.typescriptPath ?? file.package.replaceAll(".", "/");
}

export function baseName(file: SchemaFile): string {
  const name = file.path.slice(file.path.lastIndexOf("/") + 1).replace(/\.proto$/, "");
  return name === "index" ? "index_" : name;
}

/** The first of `name`, `name_`, `name__` ... that is free; it is taken then. */
export function unique(name: string, taken: Set<string>): string {
  let free = name;
  while (taken.has(free)) free += "_";
  taken.add(free);
  return free;
}

function claim(names: Map<string, string>, taken: Set<string>, name: string, suffix: string): void {
  const camel = camelCase(name);
  const safe = reservedMembers.has(camel) ? `${camel}_` : camel;
  names.set(name, unique(taken.has(safe) ? `${safe}${suffix}` : safe, taken));
}

function byNumber<T extends { readonly number: number }>(items: readonly T[]): readonly T[] {
  return items.toSorted((left, right) => left.number - right.number);
}
