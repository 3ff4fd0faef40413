/**
 * The Python names of everything a schema declares, each decided once: classes and their members, and what a package
 * derives from them (`OrderServiceClient`, `OrderCreatedTopic`). A schema's own names win over derived ones.
 */
import type { Enum, Field, Message, Model, Oneof, SchemaFile, Service } from "@nexus-bridge/schema";
import { enumValueName, fieldName, pascalCase, Scope, typeName } from "./naming.ts";

export interface MessageNames {
  readonly fields: ReadonlyMap<Field, string>;
  /** The class of a oneof's case. */
  readonly cases: ReadonlyMap<Field, string>;
  readonly oneofs: ReadonlyMap<Oneof, OneofNames>;
  /** Every name in the class's body. */
  readonly members: Scope;
}

export interface OneofNames {
  readonly field: string;
  /** The union of its cases. */
  readonly union: string;
}

export interface Names {
  message(message: Message): MessageNames;
  /** `Order.Line`, inside its module. */
  path(type: Message | Enum): string;
  enumValues(type: Enum): readonly string[];
  /** A name that the package derives: `Topic` of a message, `Client` of a service. */
  derived(owner: Message | Service, suffix: string): string;
  isTopLevel(file: SchemaFile, name: string): boolean;
}

export function createNames(model: Model): Names {
  const messages = new Map<Message, MessageNames>();
  const own = new Map<string, string>();
  const packages = new Map<string, Scope>();
  const derivedNames = new Map<string, string>();
  /** They stand at the top of their module, wherever the extension was declared. */
  const holders = new Set<Message>();

  for (const file of model.files) {
    const scope = packages.get(file.package) ?? new Scope();
    packages.set(file.package, scope);
    for (const type of [...file.messages, ...file.enums]) {
      own.set(type.fullName, scope.take(typeName(type.name), 2));
    }
  }
  for (const file of model.files) {
    for (const owner of file.services) derivedNames.set(owner.fullName, take(file, owner.name));
    for (const { holder } of file.extensions) {
      holders.add(holder);
      own.set(holder.fullName, take(file, `${extensionName(holder)}Extension`));
    }
  }

  function take(file: SchemaFile, name: string): string {
    return (packages.get(file.package) ?? new Scope()).take(typeName(name), 2);
  }

  function message(type: Message): MessageNames {
    const known = messages.get(type);
    if (known !== undefined) return known;
    const members = new Scope();
    for (const nested of [...type.messages, ...type.enums]) {
      own.set(nested.fullName, members.take(typeName(nested.name), 2));
    }
    const names = { members, ...memberNames(type, members) };
    messages.set(type, names);
    return names;
  }

  function path(type: Message | Enum): string {
    if (type.kind === "message" && holders.has(type)) return own.get(type.fullName) ?? type.name;
    if (type.parent !== undefined) message(type.parent);
    const name = own.get(type.fullName) ?? typeName(type.name);
    return type.parent === undefined ? name : `${path(type.parent)}.${name}`;
  }

  function derived(owner: Message | Service, suffix: string): string {
    const key = suffix === "" ? owner.fullName : `${owner.fullName} ${suffix}`;
    const known = derivedNames.get(key);
    if (known !== undefined) return known;
    const base = owner.kind === "service" ? owner.name : path(owner).replaceAll(".", "");
    const name = take(owner.file, `${base}${suffix}`);
    derivedNames.set(key, name);
    return name;
  }

  return {
    message,
    path,
    enumValues: enumValueNames,
    derived,
    isTopLevel: (file, name) => packages.get(file.package)?.has(name) ?? false,
  };
}

/** `OrderNote` of the extension `note` that stands in `Order`. */
function extensionName({ name, parent }: Message): string {
  return `${parent === undefined ? "" : extensionName(parent)}${pascalCase(name)}`;
}

function memberNames(type: Message, members: Scope): Omit<MessageNames, "members"> {
  const cases = new Map<Field, string>();
  const oneofs = new Map<Oneof, OneofNames>();
  const fields = new Map<Field, string>();
  for (const oneof of type.oneofs) {
    for (const field of byNumber(oneof.fields)) {
      const name = typeName(`${pascalCase(oneof.name)}${pascalCase(field.name)}`);
      cases.set(field, members.take(name, field.number));
    }
  }
  const unions = new Map(
    type.oneofs.map((oneof) => [oneof, members.take(typeName(pascalCase(oneof.name)), 2)]),
  );
  for (const field of byNumber(type.fields)) {
    if (field.oneof === undefined) {
      fields.set(field, members.take(fieldName(field.name), field.number));
      continue;
    }
    if (oneofs.has(field.oneof)) continue;
    const name = members.take(fieldName(field.oneof.name), field.number);
    oneofs.set(field.oneof, { field: name, union: unions.get(field.oneof) ?? name });
  }
  return { fields, cases, oneofs };
}

export function byNumber(fields: readonly Field[]): readonly Field[] {
  return fields.toSorted((left, right) => left.number - right.number);
}

function enumValueNames(type: Enum): readonly string[] {
  const scope = new Scope();
  return type.values.map((value) =>
    scope.take(enumValueName(value.name, type.name), Math.abs(value.number)),
  );
}
