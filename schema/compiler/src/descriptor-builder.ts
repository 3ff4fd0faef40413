/** Says what was linked in the terms of descriptor.proto, as protoc does; without source code info. */
import { defaultText } from "./default-text.ts";
import type {
  DescriptorProto,
  DescriptorRange,
  EnumDescriptorProto,
  FieldDescriptorProto,
  FileDescriptorProto,
  MethodDescriptorProto,
  NamedDescriptor,
  Options,
  ServiceDescriptorProto,
} from "./descriptor.ts";
import { optionsOf } from "./descriptor-options.ts";
import { enumNumberMax, fieldNumberMax } from "./limits.ts";
import type {
  LinkedEnum,
  LinkedField,
  LinkedFile,
  LinkedMessage,
  LinkedMethod,
  LinkedService,
  LinkedType,
} from "./linked.ts";
import type { Scalar } from "./model.ts";
import type { RangeSyntax } from "./syntax.ts";

const edition2023 = 1000;

export function buildDescriptor(file: LinkedFile): FileDescriptorProto {
  const { tree } = file;
  const indexes = (modifier: "public" | "weak"): readonly number[] =>
    tree.imports.flatMap((statement, index) => (statement.modifier === modifier ? [index] : []));
  return {
    name: file.path,
    ...(file.package === "" ? {} : { package: file.package }),
    dependency: tree.imports.map(({ path }) => path),
    publicDependency: indexes("public"),
    weakDependency: indexes("weak"),
    messageType: file.messages.map(messageOf),
    enumType: file.enums.map(enumOf),
    service: file.services.map(serviceOf),
    extension: file.extensions.map((field) => fieldOf(field, undefined)),
    ...optionsOf(file.options),
    ...(tree.syntax === "proto2" ? {} : { syntax: tree.syntax }),
    ...(tree.syntax === "editions" ? { edition: edition2023 } : {}),
  };
}

function messageOf(message: LinkedMessage): DescriptorProto {
  const { syntax } = message;
  const { names, indexes } = syntheticOneofs(message);
  return {
    name: message.name,
    field: message.fields.map((field) => fieldOf(field, indexes.get(field))),
    extension: message.extensions.map((field) => fieldOf(field, undefined)),
    nestedType: message.messages.map(messageOf),
    enumType: message.enums.map(enumOf),
    extensionRange: message.extensionRanges.map(({ first, last, options }) => ({
      start: first,
      end: last + 1,
      ...optionsOf(options),
    })),
    oneofDecl: [
      ...message.oneofs.map(
        ({ name, options }): NamedDescriptor => ({ name, ...optionsOf(options) }),
      ),
      ...names.map((name): NamedDescriptor => ({ name })),
    ],
    ...(message.isMapEntry ? { options: mapEntryOptions } : optionsOf(message.options)),
    reservedRange: (syntax?.reservedRanges ?? []).map((range) => rangeOf(range, fieldNumberMax, 1)),
    reservedName: (syntax?.reservedNames ?? []).map(({ text }) => text),
  };
}

const mapEntryOptions: Options = { mapEntry: true };

interface SyntheticOneofs {
  readonly names: readonly string[];
  readonly indexes: ReadonlyMap<LinkedField, number>;
}

/** proto3's `optional` is told to old tools as a oneof of its own, behind the real ones. */
function syntheticOneofs(message: LinkedMessage): SyntheticOneofs {
  const names: string[] = [];
  const indexes = new Map<LinkedField, number>();
  const taken = new Set([...message.fields, ...message.oneofs].map(({ name }) => name));
  for (const field of message.fields) {
    if (field.oneof !== undefined) indexes.set(field, message.oneofs.indexOf(field.oneof));
    if (!field.isProto3Optional) continue;
    let name = field.name.startsWith("_") ? field.name : `_${field.name}`;
    while (taken.has(name)) name = `X${name}`;
    taken.add(name);
    indexes.set(field, message.oneofs.length + names.length);
    names.push(name);
  }
  return { names, indexes };
}

function rangeOf({ first, last }: RangeSyntax, max: number, beyond: 0 | 1): DescriptorRange {
  return { start: Number(first), end: (last === undefined ? max : Number(last)) + beyond };
}

const labels = { optional: 1, required: 2, repeated: 3 } as const;

function fieldOf(field: LinkedField, oneofIndex: number | undefined): FieldDescriptorProto {
  const { type, extendee } = field;
  const typeName = typeNameOf(type);
  const text = defaultText(field);
  return {
    name: field.name,
    number: field.number,
    label: labels[field.label],
    type: typeNumber(field),
    ...(typeName === undefined ? {} : { typeName }),
    ...(extendee === undefined || !field.isExtension ? {} : { extendee: `.${extendee.fullName}` }),
    ...(text === undefined ? {} : { defaultValue: text }),
    ...(oneofIndex === undefined ? {} : { oneofIndex }),
    jsonName: field.jsonName,
    ...optionsOf(field.options),
    ...(field.isProto3Optional ? { proto3Optional: true } : {}),
  };
}

function typeNameOf(type: LinkedType | undefined): string | undefined {
  if (type?.kind === "message") return `.${type.message.fullName}`;
  return type?.kind === "enum" ? `.${type.enum.fullName}` : undefined;
}

const scalarNumbers: Readonly<Record<Scalar, number>> = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  fixed64: 6,
  fixed32: 7,
  bool: 8,
  string: 9,
  bytes: 12,
  uint32: 13,
  sfixed32: 15,
  sfixed64: 16,
  sint32: 17,
  sint64: 18,
};

function typeNumber({ type, isGroup }: LinkedField): number {
  if (type?.kind === "scalar") return scalarNumbers[type.scalar];
  if (type?.kind === "enum") return 14;
  return isGroup ? 10 : 11;
}

function enumOf(linked: LinkedEnum): EnumDescriptorProto {
  const { syntax } = linked;
  return {
    name: linked.name,
    value: linked.values.map(({ name, number, options }) => ({
      name,
      number,
      ...optionsOf(options),
    })),
    ...optionsOf(linked.options),
    reservedRange: syntax.reservedRanges.map((range) => rangeOf(range, enumNumberMax, 0)),
    reservedName: syntax.reservedNames.map(({ text }) => text),
  };
}

function serviceOf(service: LinkedService): ServiceDescriptorProto {
  return {
    name: service.name,
    method: service.methods.map(methodOf),
    ...optionsOf(service.options),
  };
}

function methodOf(method: LinkedMethod): MethodDescriptorProto {
  const { syntax } = method;
  return {
    name: method.name,
    inputType: `.${method.request?.fullName ?? ""}`,
    outputType: `.${method.response?.fullName ?? ""}`,
    ...optionsOf(method.options),
    ...(syntax.requestStream ? { clientStreaming: true } : {}),
    ...(syntax.responseStream ? { serverStreaming: true } : {}),
  };
}
