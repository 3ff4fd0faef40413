/** The unfilled declarations of a model, made before anything refers to them. */

import { noCommentSet } from "./comments.ts";
import type { Position } from "./diagnostic.ts";
import { enumNumberMax, fieldNumberMax } from "./limits.ts";
import type { LinkedEnum, LinkedFile, LinkedMessage, LinkedSymbol } from "./linked.ts";
import type { Docs, Enum, Message, Reserved, SchemaFile } from "./model.ts";
import { flagOf } from "./option-read.ts";
import type { EnumSyntax, MessageSyntax } from "./syntax.ts";

export type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

export interface Declared {
  readonly name: string;
  readonly fullName: string;
  readonly file: SchemaFile;
  readonly position: Position;
  readonly docs: Docs;
  readonly deprecated: boolean;
}

export interface Shells {
  readonly files: ReadonlyMap<LinkedFile, Mutable<SchemaFile>>;
  /** Without the entries of maps, parents before children. */
  readonly messages: ReadonlyMap<LinkedMessage, Mutable<Message>>;
  readonly enums: ReadonlyMap<LinkedEnum, Mutable<Enum>>;
  /** Everything to be frozen at the end. */
  readonly made: readonly object[];
}

const nothing: readonly never[] = Object.freeze([]);

export function shellsOf(linkedFiles: readonly LinkedFile[]): Shells {
  const files = new Map<LinkedFile, Mutable<SchemaFile>>();
  const messages = new Map<LinkedMessage, Mutable<Message>>();
  const enums = new Map<LinkedEnum, Mutable<Enum>>();
  const made: object[] = [];
  const shells: Shells = { files, messages, enums, made };
  const addEnum = (linked: LinkedEnum, parent: Message | undefined): void => {
    const shell: Mutable<Enum> = {
      kind: "enum",
      ...declaredOf(shells, linked),
      values: nothing,
      closed: false,
      reserved: reservedOf(linked.syntax, enumNumberMax),
      ...(parent === undefined ? {} : { parent }),
    };
    enums.set(linked, shell);
    made.push(shell);
  };
  const addMessage = (linked: LinkedMessage, parent: Message | undefined): void => {
    if (linked.isMapEntry) return;
    const shell: Mutable<Message> = {
      kind: "message",
      ...declaredOf(shells, linked),
      fields: nothing,
      oneofs: nothing,
      messages: nothing,
      enums: nothing,
      reserved: reservedOf(linked.syntax, fieldNumberMax),
      isExtendable: linked.extensionRanges.length > 0,
      fingerprint: 0n,
      ...(parent === undefined ? {} : { parent }),
    };
    messages.set(linked, shell);
    made.push(shell);
    for (const nested of linked.messages) addMessage(nested, shell);
    for (const nested of linked.enums) addEnum(nested, shell);
  };
  for (const linked of linkedFiles) {
    const shell = fileShell(linked);
    files.set(linked, shell);
    made.push(shell);
    for (const message of linked.messages) addMessage(message, undefined);
    for (const nested of linked.enums) addEnum(nested, undefined);
  }
  return shells;
}

function fileShell(linked: LinkedFile): Mutable<SchemaFile> {
  return {
    kind: "file",
    path: linked.path,
    package: linked.package,
    syntax: linked.tree.syntax,
    isInput: false,
    dependencies: nothing,
    docs: linked.tree.comments,
    deprecated: false,
    messages: nothing,
    enums: nothing,
    services: nothing,
    extensions: nothing,
    options: {},
  };
}

/** A range without an end reaches to `numberMax`. */
function reservedOf(
  syntax: Pick<MessageSyntax | EnumSyntax, "reservedNames" | "reservedRanges"> | undefined,
  numberMax: number,
): Reserved {
  const ranges = (syntax?.reservedRanges ?? []).map(({ first, last }) =>
    Object.freeze({ first: Number(first), last: Number(last ?? numberMax) }),
  );
  const names = (syntax?.reservedNames ?? []).map(({ text }) => text);
  return Object.freeze({ names: Object.freeze(names), ranges: Object.freeze(ranges) });
}

/** What every declaration has. */
export function declaredOf(shells: Pick<Shells, "files">, linked: LinkedSymbol): Declared {
  const file = shells.files.get(linked.file);
  if (file === undefined) throw new Error(`${linked.fullName} is in a file that is not built`);
  const { name, fullName, position } = linked;
  const docs = linked.syntax?.comments ?? noCommentSet;
  return { name, fullName, file, position, docs, deprecated: flagOf(linked.options, "deprecated") };
}
