/**
 * What one Python module may call things: its own classes, modules it imports, builtins that no name of the schema hides.
 * Asking for a name imports what it needs.
 */
import type { Enum, Message, SchemaFile } from "@nexus-bridge/schema";
import type { Module } from "./modules.ts";
import { allMessages, holdersOf, nullValue } from "./modules.ts";
import type { Names } from "./names.ts";
import { Scope, snakeCase } from "./naming.ts";

export interface ModuleScope {
  readonly names: Names;
  /** `str`, or `_builtins.str` where the schema uses the name itself. */
  builtin(name: string): string;
  /** A class, in a function or at the head of the module. */
  path(type: Message | Enum): string;
  /** A class, in the body of the class of `within`, whose members may hide it. */
  annotation(type: Message | Enum, within: Message): string;
  isLocal(type: Message | Enum): boolean;
  /** The names of the module's own functions for a message: `_write_order`, `_read_order`. */
  functionName(verb: string, path: string): string;
  imports(): readonly string[];
  /** Second names of classes, made at the end of the class definitions. */
  aliases(): readonly string[];
  needsBuiltins(): boolean;
}

export interface ScopeRequest {
  readonly module: Module;
  readonly modules: ReadonlyMap<SchemaFile, Module>;
  readonly names: Names;
}

export function createScope({ module, modules, names }: ScopeRequest): ModuleScope {
  const importAliases = new Map<SchemaFile, string>();
  const importNames = new Scope();
  for (const reserved of ["_abc", "_builtins", "_dataclasses", "_gen1", "_typing"]) {
    importNames.take(reserved, 2);
  }
  const functions = new Scope();
  const functionNames = new Map<string, string>();
  const aliases = new Set<string>();
  const declared = declaredNames(module.file, names);
  let usesBuiltins = false;

  const path = (type: Message | Enum): string => {
    if (type.file === module.file) return names.path(type);
    if (type.fullName === nullValue) return "_gen1.NullValue";
    const known = importAliases.get(type.file);
    const base = modules.get(type.file)?.name ?? snakeCase(type.name);
    const alias = known ?? importNames.take(`_${base}`, 2);
    importAliases.set(type.file, alias);
    return `${alias}.${names.path(type)}`;
  };

  return {
    names,
    builtin: (name) => {
      if (!declared.has(name)) return name;
      usesBuiltins = true;
      return `_builtins.${name}`;
    },
    path,
    annotation: (type, within) => {
      const full = path(type);
      const [head = full] = full.split(".");
      if (head.startsWith("_") || !isHidden(head, within, names)) return full;
      aliases.add(head);
      return `_T_${full}`;
    },
    isLocal: (type) => type.file === module.file,
    functionName: (verb, classPath) => {
      const key = `${verb} ${classPath}`;
      const wanted = `_${verb}_${classPath.split(".").map(snakeCase).join("_")}`;
      const name = functionNames.get(key) ?? functions.take(wanted, 2);
      functionNames.set(key, name);
      return name;
    },
    imports: () => importLines(module, modules, importAliases),
    aliases: () => [...aliases].toSorted().map((name) => `_T_${name} = ${name}`),
    needsBuiltins: () => usesBuiltins,
  };
}

function isHidden(head: string, within: Message, names: Names): boolean {
  for (let level: Message | undefined = within; level !== undefined; level = level.parent) {
    if (names.message(level).members.has(head)) return true;
  }
  return false;
}

function declaredNames(file: SchemaFile, names: Names): ReadonlySet<string> {
  const declared = new Set<string>();
  const holders = holdersOf(file);
  for (const type of [...file.messages, ...file.enums, ...holders]) declared.add(names.path(type));
  for (const message of [...allMessages(file.messages), ...holders]) {
    const { fields, oneofs } = names.message(message);
    for (const nested of [...message.messages, ...message.enums]) {
      declared.add(names.path(nested).split(".").at(-1) ?? nested.name);
    }
    for (const name of fields.values()) declared.add(name);
    for (const { field } of oneofs.values()) declared.add(field);
  }
  return declared;
}

function importLines(
  module: Module,
  modules: ReadonlyMap<SchemaFile, Module>,
  aliases: ReadonlyMap<SchemaFile, string>,
): readonly string[] {
  const lines: string[] = [];
  for (const [file, alias] of aliases) {
    const other = modules.get(file);
    if (other === undefined) throw new Error(`${file.path} has no module`);
    lines.push(`from ${origin(module, other)} import ${other.name} as ${alias}`);
  }
  return lines.toSorted();
}

/** `.` for the same package, dots for each level up, the whole path for a published one. */
function origin(from: Module, to: Module): string {
  if (to.published !== undefined) return to.folder.join(".");
  let shared = 0;
  while (shared < from.folder.length && from.folder[shared] === to.folder[shared]) shared += 1;
  const dots = ".".repeat(from.folder.length - shared + 1);
  return `${dots}${to.folder.slice(shared).join(".")}`;
}
