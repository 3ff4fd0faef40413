/** Which files of a model are written, and each of them as words. */
import type { Target, ViewResult } from "@nexus-bridge/generate-core";
import type {
  Diagnostic,
  Enum,
  EnumValue,
  Extension,
  Message,
  Method,
  Model,
  SchemaFile,
  Service,
  Topic,
} from "@nexus-bridge/schema";
import { modulePaths } from "./imports.ts";
import { memberNames, methodNames, valueNames } from "./naming.ts";
import { enumsOf, messagesOf } from "./package-names.ts";
import { createScope, namesOfPackages, type Scope } from "./scope.ts";
import type {
  EnumValueView,
  EnumView,
  ErrorView,
  ExtensionView,
  MethodView,
  ServiceView,
  TopicTokenView,
  TopicView,
  TypeScriptView,
} from "./view.ts";
import { bringTypes, docsOf, messageView } from "./view-message.ts";

const codecRuntime = "@nexus-bridge/codec/gen1";

export function viewsOf(model: Model, target: Target): ViewResult<TypeScriptView> {
  const moduleOf = modulePaths(model.files);
  const namesOf = namesOfPackages(model);
  const runtime = target.options.runtime ?? "@nexus-bridge/sdk/gen1";
  const files = writtenFiles(model, target);
  const views = files.map((file) => {
    const scope = createScope({ file, target, namesOf, moduleOf });
    return fileView(file, scope, { runtime, path: `${moduleOf(file)}.ts` });
  });
  return {
    views: [...views, ...indexViews(views, target, runtime)],
    diagnostics: files.flatMap((file) => diagnosticsOf(file, runtime)),
  };
}

/** The inputs, and whatever their types need that neither the runtime has nor a package was named for. */
function writtenFiles(model: Model, target: Target): readonly SchemaFile[] {
  const isWritten = (file: SchemaFile): boolean => target.imports[file.package] === undefined;
  const written = new Set(model.files.filter((file) => file.isInput && isWritten(file)));
  for (const file of written) {
    for (const type of referredTypes(file)) {
      const isInRuntime =
        (type.kind === "message" && type.wellKnown !== undefined) ||
        type.fullName === "google.protobuf.NullValue";
      if (!isInRuntime && isWritten(type.file)) written.add(type.file);
    }
  }
  return model.files.filter((file) => written.has(file));
}

function referredTypes(file: SchemaFile): readonly (Message | Enum)[] {
  const fields = [
    ...messagesOf(file).flatMap((message) => message.fields),
    ...file.extensions.map(({ field }) => field),
  ];
  const methods = file.services.flatMap((service) => service.methods);
  return [
    ...fields.flatMap(({ type }): readonly (Message | Enum)[] =>
      type.kind === "message" ? [type.message] : type.kind === "enum" ? [type.enum] : [],
    ),
    ...methods.flatMap((method) => [method.request, method.response, ...method.errors]),
    ...file.extensions.map(({ extendee }) => extendee),
  ];
}

function fileView(
  file: SchemaFile,
  scope: Scope,
  place: { readonly runtime: string; readonly path: string },
): TypeScriptView {
  const messages = messagesOf(file);
  for (const message of messages) bringTypes(message, scope);
  for (const { extendee, holder } of file.extensions) {
    scope.message(extendee);
    bringTypes(holder, scope);
  }
  const enums = enumsOf(file).map((type) => enumView(type, scope));
  const topics = messages.flatMap(({ topic }) =>
    topic === undefined ? [] : [topicView(topic, scope)],
  );
  const errors = messages.flatMap((message) => errorView(message, scope));
  const services = file.services.map((service) => serviceView(service, scope));
  return {
    ...place,
    source: file.path,
    gen1: scope.gen1,
    promise: scope.global("Promise"),
    asyncIterable: scope.global("AsyncIterable"),
    bytes: scope.global("Uint8Array"),
    docs: docsOf(file),
    enums,
    messages: messages.map((message) => messageView(message, scope)),
    extensions: file.extensions.map((extension) => extensionView(extension, scope)),
    errors,
    topics,
    services,
    imports: scope.imports(),
    exportsAll: [],
  };
}

function enumView(type: Enum, scope: Scope): EnumView {
  const names = scope.exported(type.fullName);
  return {
    name: names.self,
    jsonName: names.json,
    typeName: type.fullName,
    docs: docsOf(type),
    values: enumValues(type.values),
  };
}

function enumValues(values: readonly EnumValue[]): readonly EnumValueView[] {
  const names = valueNames(values);
  return values.map((value, index) => ({
    name: names[index] ?? value.name,
    schemaName: value.name,
    number: value.number,
    docs: docsOf(value),
  }));
}

function extensionView({ extendee, field, holder }: Extension, scope: Scope): ExtensionView {
  return {
    name: scope.exported(holder.fullName).extension,
    typeName: holder.fullName,
    extendee: extendee.fullName,
    extendeeType: scope.message(extendee).type,
    docs: docsOf(field),
    holder: { ...messageView(holder, scope), docs: [`Holds the extension \`${field.name}\`.`] },
  };
}

function errorView(message: Message, scope: Scope): readonly ErrorView[] {
  const { error } = message;
  if (error === undefined) return [];
  const words = scope.message(message);
  return [
    {
      name: scope.exported(message.fullName).error,
      type: words.type,
      init: words.init,
      message: words.constant,
      code: error.codeName,
      isRetryable: error.retryable,
      docs: docsOf(message),
    },
  ];
}

function topicView(topic: Topic, scope: Scope): TopicView {
  const { message, orderingKey } = topic;
  const words = scope.message(message);
  const names = memberNames(message);
  return {
    name: scope.exported(message.fullName).topic,
    type: words.type,
    init: words.init,
    message: words.constant,
    docs: docsOf(message),
    tokens: topic.tokens.map((token) => topicToken(token, names, scope)),
    qos: topic.qos,
    isRetained: topic.retained,
    orderingKey: orderingKey === undefined ? undefined : names.get(orderingKey.name),
    ttlMs: topic.ttlMs,
  };
}

function topicToken(
  token: Topic["tokens"][number],
  names: ReadonlyMap<string, string>,
  scope: Scope,
): TopicTokenView {
  if (token.kind === "literal") {
    return { text: token.text, field: "", type: "", kind: "", values: [] };
  }
  const { field } = token;
  const named = { text: "", field: names.get(field.name) ?? field.name };
  if (field.type.kind === "enum") {
    const type = scope.enumeration(field.type.enum).type;
    const values = enumValues(
      field.type.enum.values.filter((value) => value.aliasOf === undefined),
    );
    return { ...named, type, kind: "enum", values };
  }
  const scalar = field.type.kind === "scalar" ? field.type.scalar : "string";
  if (scalar === "string") return { ...named, type: "string", kind: "string", values: [] };
  if (scalar === "bool") return { ...named, type: "boolean", kind: "bool", values: [] };
  const type = scalar.endsWith("64") ? (field.jsType ?? "bigint") : "number";
  return { ...named, type, kind: "integer", values: [] };
}

function serviceView(service: Service, scope: Scope): ServiceView {
  const names = scope.exported(service.fullName);
  const spelt = methodNames(service.methods);
  return {
    constant: names.self,
    client: names.client,
    handler: names.handler,
    typeName: service.fullName,
    docs: docsOf(service),
    version: service.version,
    balancing: service.balancing,
    methods: service.methods.map((method, index) =>
      methodView(method, spelt[index] ?? method.name, scope),
    ),
  };
}

function methodView(method: Method, name: string, scope: Scope): MethodView {
  const { retry } = method;
  const typeOf = (message: Message): MethodView["request"] => {
    const { constant, type, init } = scope.message(message);
    return { constant, type, init };
  };
  return {
    name,
    schemaName: method.name,
    shape: method.shape,
    docs: docsOf(method),
    request: typeOf(method.request),
    response: typeOf(method.response),
    isIdempotent: method.idempotent,
    timeoutMs: method.timeoutMs,
    priority: method.priority,
    retry: (["attempts", "backoffMs", "backoffMaxMs"] as const).flatMap((word) => {
      const value = retry?.[word];
      return value === undefined ? [] : [{ name: word, value }];
    }),
    errors: method.errors.map((message) => scope.error(message)),
  };
}

/** One index a folder, which hands on every module in it. */
function indexViews(
  views: readonly TypeScriptView[],
  target: Target,
  runtime: string,
): readonly TypeScriptView[] {
  const folders = new Map<string, TypeScriptView[]>();
  for (const view of views) {
    const folder = view.path.slice(0, view.path.lastIndexOf("/") + 1);
    folders.set(folder, [...(folders.get(folder) ?? []), view]);
  }
  const extension = target.options.importExtension ?? "js";
  return [...folders].map(([folder, inside]) => ({
    path: `${folder}index.ts`,
    source: inside
      .map((view) => view.source)
      .toSorted()
      .join(", "),
    runtime,
    gen1: "gen1",
    promise: "Promise",
    asyncIterable: "AsyncIterable",
    bytes: "Uint8Array",
    docs: [],
    imports: [],
    enums: [],
    messages: [],
    extensions: [],
    errors: [],
    topics: [],
    services: [],
    exportsAll: inside
      .map((view) => `./${view.path.slice(folder.length).replace(/\.ts$/, "")}.${extension}`)
      .toSorted(),
  }));
}

function diagnosticsOf(file: SchemaFile, runtime: string): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const messages = messagesOf(file);
  if (runtime === codecRuntime) {
    const needing = [
      ...file.services,
      ...messages.filter(({ topic, error }) => topic !== undefined || error !== undefined),
    ];
    for (const { name, position } of needing) {
      diagnostics.push({
        severity: "error",
        rule: "typescript-runtime",
        file: file.path,
        position,
        message: `${name} needs the SDK, and the runtime ${codecRuntime} has messages and enums only`,
        help: "leave out the target's option `runtime`",
      });
    }
  }
  for (const field of messages.flatMap((message) => message.fields)) {
    if (field.rules?.pattern === undefined) continue;
    diagnostics.push({
      severity: "warning",
      rule: "typescript-pattern",
      file: file.path,
      position: field.position,
      message: `the rule \`pattern\` of ${field.name} is not checked by the generated code`,
      help: "check it in the handler",
    });
  }
  return diagnostics;
}
