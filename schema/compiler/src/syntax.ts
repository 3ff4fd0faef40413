/** The tree of one file as it was written: names unresolved, numbers unchecked, every part with its place. */
import type { CommentSet } from "./comments.ts";
import type { Position } from "./diagnostic.ts";

export interface Name {
  readonly text: string;
  readonly position: Position;
}

/** A string in proto2 and proto3, a bare name in editions. */
export interface ReservedName extends Name {
  readonly isQuoted: boolean;
}

interface Declared {
  readonly name: Name;
  /** Of the statement's first token. */
  readonly position: Position;
  readonly comments: CommentSet;
}

export type SyntaxKind = "proto2" | "proto3" | "editions";

export interface FileSyntax {
  readonly kind: "file";
  readonly path: string;
  readonly syntax: SyntaxKind;
  /** Of an `edition` statement, for example `2023`. */
  readonly edition?: Name;
  readonly package?: Name;
  readonly comments: CommentSet;
  readonly imports: readonly ImportSyntax[];
  readonly options: readonly OptionSyntax[];
  readonly messages: readonly MessageSyntax[];
  readonly enums: readonly EnumSyntax[];
  readonly services: readonly ServiceSyntax[];
  readonly extends: readonly ExtendSyntax[];
}

export interface ImportSyntax {
  readonly path: string;
  readonly modifier?: "public" | "weak";
  /** Of the path. */
  readonly position: Position;
}

export interface MessageSyntax extends Declared {
  readonly kind: "message";
  /** In declaration order; members of oneofs stand among them and name their oneof. */
  readonly fields: readonly FieldSyntax[];
  readonly oneofs: readonly OneofSyntax[];
  readonly messages: readonly MessageSyntax[];
  readonly enums: readonly EnumSyntax[];
  readonly extends: readonly ExtendSyntax[];
  readonly extensionRanges: readonly RangeSyntax[];
  readonly reservedRanges: readonly RangeSyntax[];
  readonly reservedNames: readonly ReservedName[];
  readonly options: readonly OptionSyntax[];
}

export type Label = "optional" | "required" | "repeated";

export interface FieldSyntax extends Declared {
  readonly kind: "field";
  readonly label?: { readonly text: Label; readonly position: Position };
  readonly type: TypeSyntax;
  readonly number: { readonly value: bigint; readonly position: Position };
  readonly options: readonly OptionSyntax[];
  /** Index in the message's `oneofs`. */
  readonly oneof?: number;
}

export type TypeSyntax =
  | { readonly kind: "named"; readonly name: Name }
  | { readonly kind: "map"; readonly key: Name; readonly value: Name }
  | { readonly kind: "group"; readonly message: MessageSyntax };

export interface OneofSyntax extends Declared {
  readonly kind: "oneof";
  readonly options: readonly OptionSyntax[];
}

export interface RangeSyntax {
  readonly first: bigint;
  /** Inclusive; nothing for `max`. */
  readonly last?: bigint;
  readonly position: Position;
  readonly options: readonly OptionSyntax[];
}

export interface ExtendSyntax {
  readonly kind: "extend";
  readonly extendee: Name;
  readonly fields: readonly FieldSyntax[];
}

export interface EnumSyntax extends Declared {
  readonly kind: "enum";
  readonly values: readonly EnumValueSyntax[];
  readonly reservedRanges: readonly RangeSyntax[];
  readonly reservedNames: readonly ReservedName[];
  readonly options: readonly OptionSyntax[];
}

export interface EnumValueSyntax extends Declared {
  readonly kind: "enum_value";
  readonly number: { readonly value: bigint; readonly position: Position };
  readonly options: readonly OptionSyntax[];
}

export interface ServiceSyntax extends Declared {
  readonly kind: "service";
  readonly methods: readonly MethodSyntax[];
  readonly options: readonly OptionSyntax[];
}

export interface MethodSyntax extends Declared {
  readonly kind: "method";
  readonly request: Name;
  readonly requestStream: boolean;
  readonly response: Name;
  readonly responseStream: boolean;
  readonly options: readonly OptionSyntax[];
}

export interface OptionSyntax {
  readonly position: Position;
  readonly name: readonly OptionNamePart[];
  readonly value: ValueSyntax;
}

export interface OptionNamePart {
  readonly text: string;
  readonly isExtension: boolean;
  readonly position: Position;
}

export type ValueSyntax =
  | {
      readonly kind: "identifier";
      readonly text: string;
      readonly negative: boolean;
      readonly position: Position;
    }
  | { readonly kind: "integer"; readonly value: bigint; readonly position: Position }
  | { readonly kind: "float"; readonly value: number; readonly position: Position }
  | { readonly kind: "string"; readonly bytes: Uint8Array; readonly position: Position }
  | { readonly kind: "list"; readonly items: readonly ValueSyntax[]; readonly position: Position }
  | {
      readonly kind: "message";
      readonly fields: readonly MemberSyntax[];
      readonly position: Position;
    };

/** One `name: value` of a message literal. */
export interface MemberSyntax {
  /** `[a.b.c]` names an extension; `[host/a.b.c]` the type inside an Any. */
  readonly name: OptionNamePart;
  readonly value: ValueSyntax;
}
