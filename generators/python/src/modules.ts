/**
 * Which schema file becomes which Python module below the target's folder, and which files become one at all: inputs, and
 * whatever they refer to that neither the runtime nor a published package has.
 */
import type { Target } from "@nexus-bridge/generate-core";
import type { Message, Model, SchemaFile } from "@nexus-bridge/schema";
import type { Names } from "./names.ts";
import { moduleName, Scope, snakeCase } from "./naming.ts";

export interface Module {
  readonly file: SchemaFile;
  /** Below the target's folder, root package included, for example `acme_orders`, `orders`, `v1`. */
  readonly folder: readonly string[];
  readonly name: string;
  /** The published package that has it; absent where it is generated here. */
  readonly published?: string;
}

export function planModules(
  model: Model,
  target: Target,
  names: Names,
): ReadonlyMap<SchemaFile, Module> {
  const root = target.package === undefined ? [] : target.package.split(".");
  const needed = neededFiles(model, target);
  const folders = new Map<SchemaFile, readonly string[]>();
  for (const file of needed) folders.set(file, packagePath(file));
  const packages = new Set([...folders.values()].flatMap(prefixes));
  const scopes = new Map<string, Scope>();
  const modules = new Map<SchemaFile, Module>();
  for (const file of needed) {
    const folder = folders.get(file) ?? [];
    const scope = scopes.get(folder.join("/")) ?? new Scope();
    scopes.set(folder.join("/"), scope);
    const stem = (file.path.split("/").at(-1) ?? file.path).replace(/\.proto$/, "");
    const plain = moduleName(snakeCase(stem));
    const isTaken = packages.has([...folder, plain].join("/")) || names.isTopLevel(file, plain);
    const name = scope.take(isTaken ? `${plain}_` : plain, 2);
    const published = target.imports[file.package]?.package;
    modules.set(file, {
      file,
      folder: published === undefined ? [...root, ...folder] : [...published.split("."), ...folder],
      name,
      ...(published === undefined ? {} : { published }),
    });
  }
  return modules;
}

function packagePath(file: SchemaFile): readonly string[] {
  const dotted = file.options.pythonModule ?? file.package;
  return dotted === "" ? [] : dotted.split(".").map(moduleName);
}

function prefixes(folder: readonly string[]): readonly string[] {
  return folder.map((_, index) => folder.slice(0, index + 1).join("/"));
}

function neededFiles(model: Model, target: Target): readonly SchemaFile[] {
  const needed = new Set<SchemaFile>();
  const queue = model.files.filter((file) => file.isInput);
  for (const file of queue) {
    if (needed.has(file)) continue;
    needed.add(file);
    if (target.imports[file.package] === undefined) queue.push(...referredFiles(file));
  }
  return model.files.filter((file) => needed.has(file));
}

function referredFiles(file: SchemaFile): readonly SchemaFile[] {
  const messages = [...allMessages(file.messages), ...holdersOf(file)];
  const extendees = file.extensions.flatMap(({ extendee }) => ownFile(extendee));
  const fieldTypes = messages.flatMap((message) => message.fields.map((field) => field.type));
  const fromFields = fieldTypes.flatMap((type) =>
    type.kind === "message"
      ? ownFile(type.message)
      : type.kind === "enum" && type.enum.fullName !== nullValue
        ? [type.enum.file]
        : [],
  );
  const methods = file.services.flatMap((service) => service.methods);
  const fromMethods = methods.flatMap((method) =>
    [method.request, method.response, ...method.errors].flatMap(ownFile),
  );
  return [...fromFields, ...fromMethods, ...extendees];
}

function ownFile(message: Message): readonly SchemaFile[] {
  return message.wellKnown === undefined ? [message.file] : [];
}

/** The enum that the runtime has. */
export const nullValue = "google.protobuf.NullValue";

/** The messages that read and write a file's extensions. */
export function holdersOf(file: SchemaFile): readonly Message[] {
  return file.extensions.map(({ holder }) => holder);
}

/** The messages and those nested in them, parents first. */
export function allMessages(messages: readonly Message[]): readonly Message[] {
  return messages.flatMap((message) => [message, ...allMessages(message.messages)]);
}
