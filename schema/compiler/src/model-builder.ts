/**
 * Builds the frozen model from linked declarations without errors. Shells come first, because declarations refer to each
 * other in circles; then each is filled once.
 */

import { fillFingerprints } from "./fingerprint.ts";
import type { LinkContext } from "./link-context.ts";
import type {
  LinkedEnum,
  LinkedFile,
  LinkedMessage,
  LinkedMethod,
  LinkedService,
  OptionMessage,
} from "./linked.ts";
import type { Enum, EnumValue, FileOptions, Message, Method, Model, Service } from "./model.ts";
import { extensionsOf } from "./model-extension.ts";
import { fillMessage } from "./model-message.ts";
import { declaredOf, type Mutable, type Shells, shellsOf } from "./model-shells.ts";
import {
  balancingOf,
  errorNames,
  fileOption,
  methodWords,
  resolveError,
  serviceOption,
} from "./nexus-words.ts";
import { flagOf, messageOf, textOf } from "./option-read.ts";

export function buildModel(context: LinkContext, inputs: ReadonlySet<string>): Model {
  const linkedFiles = reachable(context.files, inputs);
  const shells = shellsOf(linkedFiles);
  for (const linked of linkedFiles) fillFile(shells, linked, inputs.has(linked.path));
  for (const [linked, message] of shells.messages) fillMessage(shells, linked, message);
  for (const [linked, filled] of shells.enums) fillEnum(shells, linked, filled);
  const services = new Map<string, Service>();
  for (const linked of linkedFiles) {
    const file = shells.files.get(linked);
    if (file === undefined) continue;
    const made = linked.services.map((service) => makeService(context, shells, service));
    for (const service of made) services.set(service.fullName, service);
    file.services = Object.freeze(made);
  }
  const messages = byFullName([...shells.messages.values()]);
  const holders: Mutable<Message>[] = [];
  for (const [linked, file] of shells.files) {
    const made = extensionsOf(shells, linked);
    holders.push(...made.map(({ holder }) => holder));
    file.extensions = Object.freeze(made.map((extension) => Object.freeze(extension)));
  }
  fillFingerprints([...shells.messages.values(), ...holders]);
  for (const made of [...shells.made, ...holders]) Object.freeze(made);
  return Object.freeze({
    kind: "model",
    files: Object.freeze([...shells.files.values()]),
    messages,
    enums: byFullName([...shells.enums.values()]),
    services,
  });
}

function byFullName<Named extends { readonly fullName: string }>(
  list: readonly Named[],
): ReadonlyMap<string, Named> {
  return new Map(list.map((named) => [named.fullName, named]));
}

function reachable(
  files: readonly LinkedFile[],
  inputs: ReadonlySet<string>,
): readonly LinkedFile[] {
  const found = new Set<LinkedFile>();
  const open = files.filter((file) => inputs.has(file.path));
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    open.push(...file.dependencies);
  }
  return files.filter((file) => found.has(file));
}

function fillFile(shells: Shells, linked: LinkedFile, isInput: boolean): void {
  const file = shells.files.get(linked);
  if (file === undefined) return;
  file.isInput = isInput;
  file.dependencies = freezeAll(
    linked.dependencies.map((dependency) => shells.files.get(dependency)),
  );
  file.messages = freezeAll(linked.messages.map((message) => shells.messages.get(message)));
  file.enums = freezeAll(linked.enums.map((nested) => shells.enums.get(nested)));
  file.deprecated = flagOf(linked.options, "deprecated");
  file.options = Object.freeze(fileOptions(linked.options));
}

const standardFileOptions = {
  csharpNamespace: "csharp_namespace",
  javaPackage: "java_package",
  goPackage: "go_package",
} as const;
const nexusFileOptions = {
  pythonModule: "python_module",
  rustModule: "rust_module",
  cppNamespace: "cpp_namespace",
  typescriptPath: "typescript_path",
} as const;

function fileOptions(options: OptionMessage | undefined): FileOptions {
  const nexus = messageOf(options, fileOption);
  const result: Mutable<FileOptions> = {};
  const copy = (
    from: OptionMessage | undefined,
    names: Readonly<Partial<Record<keyof FileOptions, string>>>,
  ): void => {
    for (const [word, name] of Object.entries(names)) {
      const text = textOf(from, name);
      if (text !== undefined) result[word as keyof FileOptions] = text;
    }
  };
  copy(options, standardFileOptions);
  copy(nexus, nexusFileOptions);
  return result;
}

function fillEnum(shells: Shells, linked: LinkedEnum, filled: Mutable<Enum>): void {
  filled.closed = linked.features.enumType === "CLOSED";
  const first = new Map<number, EnumValue>();
  filled.values = Object.freeze(
    linked.values.map((value) => {
      const aliasOf = first.get(value.number);
      const made: EnumValue = {
        kind: "enum_value",
        ...declaredOf(shells, value),
        parent: filled,
        number: value.number,
        ...(aliasOf === undefined ? {} : { aliasOf }),
      };
      if (aliasOf === undefined) first.set(value.number, made);
      return Object.freeze(made);
    }),
  );
}

function makeService(context: LinkContext, shells: Shells, linked: LinkedService): Service {
  const options = messageOf(linked.options, serviceOption);
  const version = textOf(options, "version");
  const balancing = balancingOf(linked.options);
  const service: Mutable<Service> = {
    kind: "service",
    ...declaredOf(shells, linked),
    methods: [],
    ...(version === undefined ? {} : { version }),
    ...(balancing === undefined ? {} : { balancing }),
  };
  const methods = linked.methods.map((method) => makeMethod(context, shells, { method, service }));
  service.methods = Object.freeze(methods.filter((method) => method !== undefined));
  return Object.freeze(service);
}

function makeMethod(
  context: LinkContext,
  shells: Shells,
  { method, service }: { readonly method: LinkedMethod; readonly service: Service },
): Method | undefined {
  const request = method.request && shells.messages.get(method.request);
  const response = method.response && shells.messages.get(method.response);
  if (request === undefined || response === undefined) return undefined;
  const { requestStream, responseStream } = method.syntax;
  const shape = requestStream
    ? responseStream
      ? "bidi"
      : "client_stream"
    : responseStream
      ? "server_stream"
      : "unary";
  const { scopes, ...words } = methodWords(method);
  return Object.freeze({
    kind: "method",
    ...declaredOf(shells, method),
    parent: service,
    shape,
    request,
    response,
    ...words,
    errors: freezeAll(errorsOf(context, method).map((error) => shells.messages.get(error))),
    scopes: Object.freeze([...scopes]),
  });
}

function errorsOf(context: LinkContext, method: LinkedMethod): readonly LinkedMessage[] {
  const found: LinkedMessage[] = [];
  for (const name of errorNames(method)) {
    const { resolution } = resolveError(context, method, name);
    if (resolution.kind === "found" && resolution.symbol.kind === "message") {
      found.push(resolution.symbol);
    }
  }
  return found;
}

function freezeAll<Item>(items: readonly (Item | undefined)[]): readonly Item[] {
  return Object.freeze(items.filter((item) => item !== undefined));
}
