/** What the templates print: only strings, booleans and lists; strings with several lines carry their own indentation. */
import type { FileView } from "@nexus-bridge/generate-core";

export type PythonView = ModuleView | PackageView | MarkerView;

export interface ModuleView extends FileView {
  readonly kind: "module";
  readonly banner: string;
  readonly docstring: readonly string[];
  readonly imports: readonly string[];
  readonly runtimeImport: string;
  readonly localImports: readonly string[];
  readonly enums: readonly EnumView[];
  readonly messages: readonly MessageView[];
  readonly aliases: readonly string[];
  /** One statement an enum: its values' names as in the schema. */
  readonly enumNames: readonly string[];
  readonly codecs: readonly CodecView[];
  readonly errors: readonly ErrorView[];
  readonly topics: readonly TopicView[];
  readonly services: readonly ServiceView[];
}

/** An `__init__.py`. */
export interface PackageView extends FileView {
  readonly kind: "package";
  readonly banner: string;
  readonly docstring: readonly string[];
  /** In the order of imports. */
  readonly imports: readonly string[];
  /** By name. */
  readonly exports: readonly ExportView[];
  readonly hasExports: boolean;
}

export interface ExportView {
  readonly name: string;
  readonly module: string;
}

/** `py.typed`: tells type checkers that the package has types. */
export interface MarkerView extends FileView {
  readonly kind: "marker";
}

export interface EnumView {
  readonly name: string;
  readonly docstring: readonly string[];
  readonly values: readonly EnumValueView[];
}

export interface EnumValueView {
  readonly name: string;
  readonly number: string;
  readonly docstring: readonly string[];
}

export interface MessageView {
  readonly name: string;
  readonly docstring: readonly string[];
  readonly enums: readonly EnumView[];
  readonly messages: readonly MessageView[];
  readonly cases: readonly CaseView[];
  readonly unions: readonly string[];
  readonly fields: readonly FieldView[];
  /** The line of the unknown fields, with the builtins spelt. */
  readonly unknownFields: string;
}

export interface CaseView {
  readonly opening: string;
  readonly decorator: string;
  readonly docstring: readonly string[];
  readonly type: string;
}

export interface FieldView {
  readonly declaration: string;
  readonly docstring: readonly string[];
}

export interface CodecView {
  readonly writeSignature: string;
  readonly readSignature: string;
  readonly create: string;
  readonly writes: readonly WriteView[];
  readonly reads: readonly ReadView[];
  readonly hasReads: boolean;
  readonly required: readonly string[];
  readonly entries: readonly EntryView[];
  readonly validate: ValidateView | false;
  readonly bytearray: string;
  readonly bytes: string;
  /** The function that gives the table behind proto-JSON; empty for a message without fields. */
  readonly jsonFields: string;
  readonly register: string;
}

export interface WriteView {
  readonly isOneof: boolean;
  /** An `if` or a `for`; empty for what is always written. */
  readonly opening: string;
  readonly tag: string;
  readonly statement: string;
  readonly closingTag: string;
  readonly source: string;
  readonly cases: readonly WriteCaseView[];
}

export interface WriteCaseView {
  readonly opening: string;
  readonly tag: string;
  readonly statement: string;
  readonly closingTag: string;
}

export interface ReadView {
  readonly keyword: string;
  readonly tag: string;
  readonly statements: readonly string[];
}

/** The pair of functions for one map field's entries. */
export interface EntryView {
  readonly writeSignature: string;
  readonly readSignature: string;
  readonly keyTag: string;
  readonly valueTag: string;
  readonly writeKey: string;
  readonly writeValue: string;
  readonly keyDefault: string;
  readonly valueDefault: string;
  readonly reads: readonly ReadView[];
}

export interface ValidateView {
  readonly signature: string;
  readonly statements: readonly string[];
}

export interface ErrorView {
  readonly opening: string;
  readonly docstring: readonly string[];
  readonly message: string;
  readonly code: string;
  readonly retryable: string;
}

export interface TopicView {
  readonly name: string;
  readonly className: string;
  readonly docstring: readonly string[];
  readonly opening: string;
  readonly hasFields: boolean;
  readonly signature: string;
  readonly fields: string;
  readonly declaration: string;
}

export interface ServiceView {
  readonly name: string;
  readonly declaration: string;
  readonly client: string;
  readonly handler: string;
  readonly clientDocstring: readonly string[];
  readonly handlerDocstring: readonly string[];
  readonly methods: readonly MethodView[];
}

export interface MethodView {
  readonly declaration: string;
  readonly docstring: readonly string[];
  readonly clientSignature: string;
  readonly clientCall: string;
  readonly handlerSignature: string;
  readonly refusal: string;
}
