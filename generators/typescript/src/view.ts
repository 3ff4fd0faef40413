/** What the printers see of one file: every name spelt, every type decided. Strings, booleans, numbers and lists only. */
import type { FileView } from "@nexus-bridge/generate-core";

export interface TypeScriptView extends FileView {
  /** The module that the file rests on, and what it is called there. */
  readonly runtime: string;
  readonly gen1: string;
  /** The globals, as a file may call them in which a schema has the same names. */
  readonly promise: string;
  readonly asyncIterable: string;
  readonly bytes: string;
  readonly docs: readonly string[];
  readonly imports: readonly ImportView[];
  readonly enums: readonly EnumView[];
  readonly messages: readonly MessageView[];
  readonly extensions: readonly ExtensionView[];
  readonly errors: readonly ErrorView[];
  readonly topics: readonly TopicView[];
  readonly services: readonly ServiceView[];
  /** Modules that an `index` hands on; empty in every other file. */
  readonly exportsAll: readonly string[];
}

export interface ImportView {
  readonly from: string;
  readonly names: readonly ImportedName[];
}

export interface ImportedName {
  readonly name: string;
  readonly alias: string;
  readonly isValue: boolean;
  readonly isType: boolean;
}

export interface EnumView {
  readonly name: string;
  readonly jsonName: string;
  readonly typeName: string;
  readonly docs: readonly string[];
  readonly values: readonly EnumValueView[];
}

export interface EnumValueView {
  readonly name: string;
  /** As in the schema. */
  readonly schemaName: string;
  readonly number: number;
  readonly docs: readonly string[];
}

/** The names of one message type as this file spells them; functions may be members of the type's constant. */
export interface MessageWords {
  readonly type: string;
  readonly init: string;
  readonly create: string;
  readonly write: string;
  readonly read: string;
  readonly toJson: string;
  readonly fromJson: string;
  /** Undefined where nothing in the type has rules. */
  readonly validate: string | undefined;
  /** True where `validate` is a member that the compiler takes for optional. */
  readonly isValidateOptional: boolean;
}

export interface ExtensionView {
  readonly name: string;
  readonly typeName: string;
  /** The extended message's full name, and its type. */
  readonly extendee: string;
  readonly extendeeType: string;
  readonly docs: readonly string[];
  readonly holder: MessageView;
}

export interface MessageView {
  readonly isExtendable: boolean;
  readonly words: MessageWords;
  readonly constant: string;
  readonly jsonConstant: string;
  readonly namesConstant: string;
  readonly typeName: string;
  /** A bigint literal. */
  readonly fingerprint: string;
  readonly docs: readonly string[];
  readonly members: readonly MemberView[];
}

/** A property of a message: a field, or a oneof with its fields. */
export type MemberView = FieldView | OneofView;

interface MemberBase {
  readonly name: string;
  /** The variable of the decoder. */
  readonly local: string;
  readonly docs: readonly string[];
}

export interface FieldView extends MemberBase {
  readonly kind: "singular" | "repeated" | "map";
  /** Absence is visible. */
  readonly isOptional: boolean;
  /** proto2's `required`: always written. */
  readonly isRequired: boolean;
  readonly number: number;
  readonly schemaName: string;
  readonly jsonName: string;
  readonly value: ValueView;
  /** Of maps. */
  readonly key: ValueView | undefined;
  /** `Map` as the file may call it; empty where the field is none. */
  readonly container: string;
  readonly isPacked: boolean;
  readonly rules: RulesView | undefined;
}

export interface OneofView extends MemberBase {
  readonly kind: "oneof";
  readonly schemaName: string;
  /** The function that completes a case; undefined where all cases are scalars. */
  readonly create: string | undefined;
  readonly cases: readonly CaseView[];
}

export interface CaseView {
  readonly name: string;
  readonly schemaName: string;
  readonly jsonName: string;
  readonly docs: readonly string[];
  readonly value: ValueView;
  readonly rules: RulesView | undefined;
}

export interface ValueView {
  readonly kind: "number" | "real" | "bigint" | "boolean" | "string" | "bytes" | "enum" | "message";
  readonly type: string;
  readonly init: string;
  /** Empty for messages. */
  readonly zero: string;
  /** Field number and wire type, alone and as a packed list. */
  readonly tag: number;
  readonly packedTag: number;
  /** The method of Reader and Writer. */
  readonly method: string;
  /** `Uint32` of `readPackedUint32`; empty where never packed. */
  readonly packed: string;
  readonly jsType: "string" | "number" | undefined;
  readonly isDelimited: boolean;
  /** Functions; empty where the value is itself in JSON. */
  readonly toJson: string;
  readonly fromJson: string;
  /** The EnumJson of an enum; empty for others. */
  readonly enumJson: string;
  readonly isClosed: boolean;
  /** JSON's null is a value of it. */
  readonly isNullable: boolean;
  readonly words: MessageWords | undefined;
}

export interface RulesView {
  readonly isRequired: boolean;
  /** Literals of the field's own type. */
  readonly min: string | undefined;
  readonly max: string | undefined;
  readonly minLength: number | undefined;
  readonly maxLength: number | undefined;
}

export interface ErrorView {
  readonly name: string;
  readonly type: string;
  readonly init: string;
  readonly message: string;
  readonly code: string;
  readonly isRetryable: boolean;
  readonly docs: readonly string[];
}

export interface TopicView {
  readonly name: string;
  readonly type: string;
  readonly init: string;
  readonly message: string;
  readonly docs: readonly string[];
  readonly tokens: readonly TopicTokenView[];
  readonly qos: number;
  readonly isRetained: boolean;
  readonly orderingKey: string | undefined;
  readonly ttlMs: number | undefined;
}

export interface TopicTokenView {
  /** Empty where the token is a field. */
  readonly text: string;
  /** Empty where the token is text. */
  readonly field: string;
  readonly type: string;
  readonly kind: string;
  readonly values: readonly EnumValueView[];
}

export interface ServiceView {
  readonly constant: string;
  readonly client: string;
  readonly handler: string;
  readonly typeName: string;
  readonly docs: readonly string[];
  readonly version: string | undefined;
  readonly balancing: string | undefined;
  readonly methods: readonly MethodView[];
}

export interface MethodView {
  readonly name: string;
  readonly schemaName: string;
  readonly shape: string;
  readonly docs: readonly string[];
  readonly request: MethodTypeView;
  readonly response: MethodTypeView;
  readonly isIdempotent: boolean;
  readonly timeoutMs: number | undefined;
  readonly priority: number | undefined;
  readonly retry: readonly { readonly name: string; readonly value: number }[];
  readonly errors: readonly string[];
}

export interface MethodTypeView {
  readonly constant: string;
  readonly type: string;
  readonly init: string;
}
