/**
 * google/protobuf/descriptor.proto in the shape that generated TypeScript gives it: what is not set is absent. Other tools
 * take a schema in this form.
 */

export interface FileDescriptorSet {
  readonly file: readonly FileDescriptorProto[];
}

export interface FileDescriptorProto {
  readonly name: string;
  readonly package?: string;
  readonly dependency: readonly string[];
  /** Indexes into `dependency`. */
  readonly publicDependency: readonly number[];
  readonly weakDependency: readonly number[];
  readonly messageType: readonly DescriptorProto[];
  readonly enumType: readonly EnumDescriptorProto[];
  readonly service: readonly ServiceDescriptorProto[];
  readonly extension: readonly FieldDescriptorProto[];
  readonly options?: Options;
  /** Absent for proto2. */
  readonly syntax?: "proto3" | "editions";
  /** 1000 for 2023. */
  readonly edition?: number;
}

export interface DescriptorProto {
  readonly name: string;
  readonly field: readonly FieldDescriptorProto[];
  readonly extension: readonly FieldDescriptorProto[];
  readonly nestedType: readonly DescriptorProto[];
  readonly enumType: readonly EnumDescriptorProto[];
  readonly extensionRange: readonly DescriptorRange[];
  readonly oneofDecl: readonly NamedDescriptor[];
  readonly options?: Options;
  readonly reservedRange: readonly DescriptorRange[];
  readonly reservedName: readonly string[];
}

/** `end` is exclusive in messages, inclusive in enums. */
export interface DescriptorRange {
  readonly start: number;
  readonly end: number;
  readonly options?: Options;
}

export interface FieldDescriptorProto {
  readonly name: string;
  readonly number: number;
  readonly label: number;
  readonly type: number;
  /** With a leading dot. */
  readonly typeName?: string;
  /** With a leading dot, of an extension. */
  readonly extendee?: string;
  readonly defaultValue?: string;
  readonly oneofIndex?: number;
  readonly jsonName: string;
  readonly options?: Options;
  readonly proto3Optional?: boolean;
}

export interface NamedDescriptor {
  readonly name: string;
  readonly options?: Options;
}

export interface EnumDescriptorProto extends NamedDescriptor {
  readonly value: readonly EnumValueDescriptorProto[];
  readonly reservedRange: readonly DescriptorRange[];
  readonly reservedName: readonly string[];
}

export interface EnumValueDescriptorProto extends NamedDescriptor {
  readonly number: number;
}

export interface ServiceDescriptorProto extends NamedDescriptor {
  readonly method: readonly MethodDescriptorProto[];
}

export interface MethodDescriptorProto extends NamedDescriptor {
  /** With a leading dot, like `outputType`. */
  readonly inputType: string;
  readonly outputType: string;
  readonly clientStreaming?: boolean;
  readonly serverStreaming?: boolean;
}

/** Standard options by their JSON name; extensions encoded in `$unknown`. */
export interface Options {
  readonly [name: string]: OptionsValue | undefined;
  readonly $unknown?: Uint8Array;
}

export type OptionsValue =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | Options
  | readonly OptionsValue[];
