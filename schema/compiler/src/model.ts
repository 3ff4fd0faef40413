/**
 * The model: what every generator, registry and tool sees of a schema. Frozen, discriminated by `kind`, linked by
 * reference (a field's message type is the `Message` itself), options decoded into words, in a stable order. It knows no
 * syntax: whatever a generator needs to ask of the source text is answered here.
 */
import type { Position } from "./diagnostic.ts";

export interface Model {
  readonly kind: "model";
  /** Every file reachable from the inputs, dependencies before dependents, otherwise by path. */
  readonly files: readonly SchemaFile[];
  /** By full name without a leading dot. */
  readonly messages: ReadonlyMap<string, Message>;
  readonly enums: ReadonlyMap<string, Enum>;
  readonly services: ReadonlyMap<string, Service>;
}

export interface SchemaFile {
  readonly kind: "file";
  /** The import path, for example `orders/v1/orders.proto`. */
  readonly path: string;
  /** Empty string where the file declares none. */
  readonly package: string;
  readonly syntax: "proto2" | "proto3" | "editions";
  /** True for a file that was named as an input; false for one that was only imported. */
  readonly isInput: boolean;
  readonly dependencies: readonly SchemaFile[];
  /** Comments of the `syntax` and `package` statements. */
  readonly docs: Docs;
  readonly deprecated: boolean;
  /** Top-level messages in declaration order; nested ones hang below them. */
  readonly messages: readonly Message[];
  readonly enums: readonly Enum[];
  readonly services: readonly Service[];
  /** Declared anywhere in the file, but for those that extend descriptor options. */
  readonly extensions: readonly Extension[];
  readonly options: FileOptions;
}

/** A field that its extendee does not know: on the wire it is a field of it like any other. */
export interface Extension {
  readonly kind: "extension";
  readonly extendee: Message;
  /** A message of the extension's name with the one field, which reads and writes it apart from its extendee. */
  readonly holder: Message;
  readonly field: Field;
}

export interface FileOptions {
  readonly csharpNamespace?: string;
  readonly javaPackage?: string;
  readonly goPackage?: string;
  readonly pythonModule?: string;
  readonly rustModule?: string;
  readonly cppNamespace?: string;
  readonly typescriptPath?: string;
}

/** Comments with the comment marks and one leading space a line removed; lines split on every line end; maybe empty. */
export interface Docs {
  readonly leading: readonly string[];
  readonly trailing: readonly string[];
  readonly detached: readonly (readonly string[])[];
}

interface Declaration {
  readonly name: string;
  /** With package and parents, without a leading dot. */
  readonly fullName: string;
  readonly file: SchemaFile;
  readonly position: Position;
  readonly docs: Docs;
  readonly deprecated: boolean;
}

export type WellKnown =
  | "timestamp"
  | "duration"
  | "any"
  | "struct"
  | "value"
  | "list_value"
  | "empty"
  | "field_mask"
  | "double_value"
  | "float_value"
  | "int64_value"
  | "uint64_value"
  | "int32_value"
  | "uint32_value"
  | "bool_value"
  | "string_value"
  | "bytes_value";

export interface Message extends Declaration {
  readonly kind: "message";
  readonly parent?: Message;
  /** In declaration order; oneof members stand among them. Synthetic oneofs of proto3 `optional` do not exist here. */
  readonly fields: readonly Field[];
  readonly oneofs: readonly Oneof[];
  /** Nested messages in declaration order, without the synthetic ones of map fields. */
  readonly messages: readonly Message[];
  readonly enums: readonly Enum[];
  readonly reserved: Reserved;
  /** Whether it has numbers for extensions. */
  readonly isExtendable: boolean;
  readonly wellKnown?: WellKnown;
  /** Present when the message carries `(nexus.topic)`. */
  readonly topic?: Topic;
  /** Present when the message carries `(nexus.error)`. */
  readonly error?: ErrorDeclaration;
  /** First eight bytes, big-endian, of SHA-256 over the canonical descriptors of the type's closure. */
  readonly fingerprint: bigint;
}

/** What `reserved` keeps from being used again. */
export interface Reserved {
  readonly names: readonly string[];
  readonly ranges: readonly NumberRange[];
}

/** Both ends inclusive. */
export interface NumberRange {
  readonly first: number;
  readonly last: number;
}

export type Scalar =
  | "double"
  | "float"
  | "int32"
  | "int64"
  | "uint32"
  | "uint64"
  | "sint32"
  | "sint64"
  | "fixed32"
  | "fixed64"
  | "sfixed32"
  | "sfixed64"
  | "bool"
  | "string"
  | "bytes";

export type ValueType =
  | { readonly kind: "scalar"; readonly scalar: Scalar }
  | { readonly kind: "enum"; readonly enum: Enum }
  | { readonly kind: "message"; readonly message: Message };

export type Cardinality =
  | {
      readonly kind: "singular";
      /** `implicit`: the zero value is not sent; `explicit`: absence is visible; `required`: proto2's. Messages and oneof members are explicit. */
      readonly presence: "implicit" | "explicit" | "required";
    }
  | { readonly kind: "repeated"; readonly packed: boolean }
  | { readonly kind: "map"; readonly key: Scalar };

export interface Field extends Declaration {
  readonly kind: "field";
  readonly parent: Message;
  readonly number: number;
  readonly jsonName: string;
  readonly cardinality: Cardinality;
  /** The element's type for repeated fields, the value's for maps. */
  readonly type: ValueType;
  readonly oneof?: Oneof;
  /** proto2 group or editions DELIMITED encoding. */
  readonly delimited: boolean;
  /** False only where proto2 or editions turn the check off. */
  readonly utf8Checked: boolean;
  /** proto2's `[default = ...]`, already of the field's type; enums by number. */
  readonly defaultValue?: string | number | bigint | boolean | Uint8Array;
  /** `[jstype = ...]` of 64-bit fields. */
  readonly jsType?: "string" | "number";
  readonly pii: boolean;
  readonly rules?: Rules;
}

/** `(nexus.field).rules`, decoded: bounds are exact, in the field's own type. */
export interface Rules {
  readonly required: boolean;
  readonly min?: number | bigint;
  readonly max?: number | bigint;
  /** Code points of a string, items of a list or map, bytes of bytes. */
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

export interface Oneof extends Declaration {
  readonly kind: "oneof";
  readonly parent: Message;
  readonly fields: readonly Field[];
}

export interface Enum extends Declaration {
  readonly kind: "enum";
  readonly parent?: Message;
  /** In declaration order; an alias has `aliasOf`. */
  readonly values: readonly EnumValue[];
  /** A closed enum (proto2) keeps unknown numbers in the unknown fields. */
  readonly closed: boolean;
  readonly reserved: Reserved;
}

export interface EnumValue extends Declaration {
  readonly kind: "enum_value";
  readonly parent: Enum;
  readonly number: number;
  readonly aliasOf?: EnumValue;
}

export interface Service extends Declaration {
  readonly kind: "service";
  readonly methods: readonly Method[];
  readonly version?: string;
  readonly balancing?: "round_robin" | "random" | "least_in_flight" | "hash";
}

export type MethodShape = "unary" | "client_stream" | "server_stream" | "bidi";

export interface Method extends Declaration {
  readonly kind: "method";
  readonly parent: Service;
  readonly shape: MethodShape;
  readonly request: Message;
  readonly response: Message;
  readonly idempotent: boolean;
  readonly timeoutMs?: number;
  readonly priority?: number;
  readonly retry?: Retry;
  readonly rateLimit?: RateLimit;
  /** Messages with `(nexus.error)` that the method declares. */
  readonly errors: readonly Message[];
  readonly scopes: readonly string[];
}

export interface Retry {
  readonly attempts?: number;
  readonly backoffMs?: number;
  readonly backoffMaxMs?: number;
}

export interface RateLimit {
  readonly perSecond?: number;
  readonly burst?: number;
}

export interface Topic {
  readonly kind: "topic";
  readonly message: Message;
  /** As written, for example `orders.{region}.created`. */
  readonly template: string;
  /** One a dot-separated token. */
  readonly tokens: readonly TopicToken[];
  readonly qos: 0 | 1 | 2;
  readonly retained: boolean;
  readonly orderingKey?: Field;
  readonly ttlMs?: number;
  readonly compatibility?: "none" | "backward" | "forward" | "full";
}

export type TopicToken =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "field"; readonly field: Field };

export interface ErrorDeclaration {
  readonly kind: "error";
  readonly message: Message;
  /** gRPC's number, 1..16. */
  readonly code: number;
  /** gRPC's name, for example `NOT_FOUND`. */
  readonly codeName: string;
  readonly retryable: boolean;
}
