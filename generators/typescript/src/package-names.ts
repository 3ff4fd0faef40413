/**
 * The exported names of one proto package, whose files share an index: declared types first, then what is derived from
 * them (`OrderInit`, `OrderJson`, `OrderService` ...), so that a schema's own names always win.
 */
import type { Enum, Message, Model, SchemaFile, Service } from "@nexus-bridge/schema";
import { lowerFirst, pascalCase, topLevelName, typeName, unique } from "./naming.ts";

export interface PackageNames {
  /** By full name, then by role. */
  readonly names: ReadonlyMap<string, ExportedNames>;
  readonly taken: ReadonlySet<string>;
}

export interface ExportedNames {
  /** The interface and the constant of a message, the constant and the type of an enum, the constant of a service. */
  readonly self: string;
  readonly init: string;
  readonly json: string;
  readonly topic: string;
  readonly error: string;
  readonly client: string;
  readonly handler: string;
  /** The constant of an extension, by its holder. */
  readonly extension: string;
}

export function packageNames(model: Model, packageName: string): PackageNames {
  const files = model.files.filter((file) => file.package === packageName);
  const taken = new Set<string>();
  const selves = new Map<string, string>();
  const types = files.flatMap(typesOf).toSorted((left, right) => depth(left) - depth(right));
  const services = files.flatMap((file) => file.services);
  for (const type of types) selves.set(type.fullName, unique(typeName(type), taken));
  for (const { fullName, name } of services) {
    selves.set(fullName, unique(topLevelName(name), taken));
  }
  const holders = files.flatMap(({ extensions }) => extensions.map(({ holder }) => holder));
  for (const holder of holders) selves.set(holder.fullName, unique(holderName(holder), taken));
  const names = new Map<string, ExportedNames>();
  for (const item of [...types, ...services, ...holders]) {
    names.set(item.fullName, derived(item, selves.get(item.fullName) ?? item.name, taken));
  }
  for (const holder of holders) {
    const extension = unique(topLevelName(lowerFirst(extensionName(holder))), taken);
    names.set(holder.fullName, { ...exportedOf(names, holder), extension });
  }
  return { names, taken };
}

/** `Order_Note` of the extension `note` that stands in `Order`. */
function extensionName({ name, parent }: Message): string {
  return parent === undefined ? pascalCase(name) : `${typeName(parent)}_${pascalCase(name)}`;
}

const holderName = (holder: Message): string => `${extensionName(holder)}Holder`;

function exportedOf(
  names: ReadonlyMap<string, ExportedNames>,
  { fullName }: Message,
): ExportedNames {
  const found = names.get(fullName);
  if (found === undefined) throw new Error(`${fullName} has no names`);
  return found;
}

function derived(item: Message | Enum | Service, self: string, taken: Set<string>): ExportedNames {
  const derive = (suffix: string, isThere: boolean): string =>
    isThere ? unique(`${self}${suffix}`, taken) : "";
  const isMessage = item.kind === "message";
  return {
    self,
    init: derive("Init", isMessage),
    json: derive("Json", item.kind !== "service"),
    topic: derive("Topic", isMessage && item.topic !== undefined),
    error: derive("Error", isMessage && item.error !== undefined),
    client: derive("Client", item.kind === "service"),
    handler: derive("Handler", item.kind === "service"),
    extension: "",
  };
}

export function messagesOf(file: SchemaFile): readonly Message[] {
  const nested = (message: Message): readonly Message[] => [
    message,
    ...message.messages.flatMap(nested),
  ];
  return file.messages.flatMap(nested);
}

export function enumsOf(file: SchemaFile): readonly Enum[] {
  return [...file.enums, ...messagesOf(file).flatMap((message) => message.enums)];
}

function typesOf(file: SchemaFile): readonly (Message | Enum)[] {
  return [...messagesOf(file), ...enumsOf(file)];
}

function depth(type: Message | Enum): number {
  return type.parent === undefined ? 0 : 1 + depth(type.parent);
}
