/**
 * Declarations linked to each other: what the linker fills in step by step and later stages only read. It says what the
 * schema means as protobuf understands it; Nexus's own words begin with the model.
 */
import type { Position } from "./diagnostic.ts";
import type { Features } from "./features.ts";
import type { Scalar } from "./model.ts";
import type {
  EnumSyntax,
  EnumValueSyntax,
  FieldSyntax,
  FileSyntax,
  Label,
  MessageSyntax,
  MethodSyntax,
  OneofSyntax,
  OptionSyntax,
  RangeSyntax,
  ServiceSyntax,
} from "./syntax.ts";

interface Linked {
  readonly name: string;
  /** Without a leading dot. */
  readonly fullName: string;
  readonly file: LinkedFile;
  readonly position: Position;
  options?: OptionMessage;
}

export interface LinkedFile {
  readonly kind: "file";
  readonly path: string;
  readonly tree: FileSyntax;
  readonly package: string;
  /** Of the imports that were found, in their order. */
  readonly dependencies: LinkedFile[];
  /** This file, its imports, and what those import publicly. */
  readonly visible: Set<LinkedFile>;
  /** Files whose names were used here. */
  readonly used: Set<LinkedFile>;
  readonly messages: LinkedMessage[];
  readonly enums: LinkedEnum[];
  readonly services: LinkedService[];
  readonly extensions: LinkedField[];
  options?: OptionMessage;
  features: Features;
}

export interface LinkedMessage extends Linked {
  readonly kind: "message";
  readonly parent?: LinkedMessage;
  /** Nothing for the entry of a map. */
  readonly syntax?: MessageSyntax;
  readonly isMapEntry: boolean;
  readonly fields: LinkedField[];
  readonly oneofs: LinkedOneof[];
  /** In declaration order, the entries of maps and the messages of groups where their field stands. */
  readonly messages: LinkedMessage[];
  readonly enums: LinkedEnum[];
  /** Declared in this message's scope; they extend some other message. */
  readonly extensions: LinkedField[];
  readonly extensionRanges: readonly LinkedRange[];
  features: Features;
}

export interface LinkedRange {
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
  readonly syntax: RangeSyntax;
  options?: OptionMessage;
}

export type LinkedType =
  | { readonly kind: "scalar"; readonly scalar: Scalar }
  | { readonly kind: "message"; readonly message: LinkedMessage }
  | { readonly kind: "enum"; readonly enum: LinkedEnum };

export type DefaultValue = string | number | bigint | boolean | Uint8Array;

export interface LinkedField extends Linked {
  readonly kind: "field";
  readonly syntax: FieldSyntax;
  /** The message it stands in; the scope's message for an extension, if any. */
  readonly parent?: LinkedMessage;
  readonly isExtension: boolean;
  readonly isGroup: boolean;
  readonly isMap: boolean;
  readonly number: number;
  readonly label: Label;
  readonly isProto3Optional: boolean;
  readonly oneof?: LinkedOneof;
  /** Where an extension goes. */
  extendee?: LinkedMessage;
  /** Absent where the name could not be resolved. */
  type?: LinkedType;
  jsonName: string;
  hasJsonName: boolean;
  defaultValue?: DefaultValue;
  features: Features;
}

export interface LinkedOneof extends Linked {
  readonly kind: "oneof";
  readonly parent: LinkedMessage;
  readonly syntax: OneofSyntax;
  readonly fields: LinkedField[];
  features: Features;
}

export interface LinkedEnum extends Linked {
  readonly kind: "enum";
  readonly parent?: LinkedMessage;
  readonly syntax: EnumSyntax;
  readonly values: LinkedEnumValue[];
  features: Features;
}

export interface LinkedEnumValue extends Linked {
  readonly kind: "enum_value";
  readonly parent: LinkedEnum;
  readonly syntax: EnumValueSyntax;
  readonly number: number;
}

export interface LinkedService extends Linked {
  readonly kind: "service";
  readonly syntax: ServiceSyntax;
  readonly methods: LinkedMethod[];
}

export interface LinkedMethod extends Linked {
  readonly kind: "method";
  readonly parent: LinkedService;
  readonly syntax: MethodSyntax;
  request?: LinkedMessage;
  response?: LinkedMessage;
}

export type LinkedSymbol =
  | LinkedMessage
  | LinkedField
  | LinkedOneof
  | LinkedEnum
  | LinkedEnumValue
  | LinkedService
  | LinkedMethod;

/** An options message, or a message inside one, with its values typed. */
export interface OptionMessage {
  readonly kind: "options";
  readonly type: LinkedMessage;
  readonly values: Map<LinkedField, OptionSetting>;
  /** True where something could not be set: what is absent says nothing then. */
  isIncomplete: boolean;
}

export interface OptionSetting {
  /** Where it was first set. */
  readonly position: Position;
  /** One for a singular field. */
  readonly values: OptionValue[];
}

/** Enums by number, 64-bit integers as bigint, the other integers as number. */
export type OptionValue = string | number | bigint | boolean | Uint8Array | OptionMessage;

/** What may carry options, for the passes that treat all alike. */
export interface OptionOwner {
  readonly file: LinkedFile;
  readonly scope: string;
  readonly optionsType: string;
  readonly syntax: readonly OptionSyntax[];
  readonly target: { options?: OptionMessage };
}
