/** Services, topics and errors: interfaces for clients and handlers, and constants that the SDK interprets. */
import { type Dialect, printConstant, pureCall } from "./dialect.ts";
import { block, call, type Doc, line, list, object } from "./layout.ts";
import { propertyKey, stringLiteral } from "./literal.ts";
import { printDocs } from "./print-docs.ts";
import type { ErrorView, MethodView, ServiceView, TopicTokenView, TopicView } from "./view.ts";

export interface ServiceWords {
  readonly gen1: string;
  readonly dialect: Dialect;
  /** The globals as the file may call them. */
  readonly promise: string;
  readonly asyncIterable: string;
}

export function printClient(service: ServiceView, words: ServiceWords): readonly Doc[] {
  const { gen1, promise, asyncIterable } = words;
  const methods = service.methods.map((method): Doc => {
    const { request, response } = method;
    const isMany = method.shape === "client_stream" || method.shape === "bidi";
    const given = isMany
      ? `requests: ${gen1}.MessageSource<${request.init}>`
      : `request: ${request.init}`;
    const isStream = method.shape === "server_stream" || method.shape === "bidi";
    const result = `${isStream ? asyncIterable : promise}<${response.type}>`;
    const signature = call(propertyKey(method.name), given, `options?: ${gen1}.CallOptions`);
    return [...printDocs(method.docs), signature, `: ${result};`];
  });
  return printInterface(service.client, `Calls \`${service.typeName}\`.`, methods, words);
}

export function printHandler(service: ServiceView, words: ServiceWords): readonly Doc[] {
  const { gen1, promise, asyncIterable } = words;
  const methods = service.methods.map((method): Doc => {
    const { request, response } = method;
    const isMany = method.shape === "client_stream" || method.shape === "bidi";
    const given = isMany
      ? `requests: ${asyncIterable}<${request.type}>`
      : `request: ${request.type}`;
    const isStream = method.shape === "server_stream" || method.shape === "bidi";
    const result = isStream
      ? `${asyncIterable}<${response.init}>`
      : `${promise}<${response.init}> | ${response.init}`;
    const signature = call(
      `${propertyKey(method.name)}?`,
      given,
      `context: ${gen1}.HandlerContext`,
    );
    return [...printDocs(method.docs), signature, `: ${result};`];
  });
  const text = `Serves \`${service.typeName}\`; a method left out answers UNIMPLEMENTED.`;
  return printInterface(service.handler, text, methods, words);
}

function printInterface(
  name: string,
  text: string,
  methods: readonly Doc[],
  { dialect }: ServiceWords,
): readonly Doc[] {
  if (dialect === "javascript") return [];
  return [[...printDocs([text]), block(`export interface ${name} `, methods)]];
}

export function printService(
  service: ServiceView,
  { gen1, dialect }: ServiceWords,
): readonly Doc[] {
  const { version, balancing } = service;
  const methods = service.methods.map(
    (method): Doc => [`${propertyKey(method.name)}: `, object(methodMembers(method))],
  );
  return printConstant(dialect, {
    name: service.constant,
    docs: printDocs(service.docs),
    type: `${gen1}.ServiceDescriptor`,
    typeArguments: [service.client, service.handler],
    isExported: true,
    value: object([
      `typeName: "${service.typeName}"`,
      ...(version === undefined ? [] : [`version: ${stringLiteral(version)}`]),
      ...(balancing === undefined ? [] : [`balancing: "${balancing}"`]),
      ["methods: ", object(methods)],
    ]),
  });
}

function methodMembers(method: MethodView): readonly Doc[] {
  const { timeoutMs, priority, retry, errors } = method;
  const pairs = retry.map(({ name, value }) => `${name}: ${value}`);
  return [
    `name: "${method.schemaName}"`,
    `shape: "${method.shape}"`,
    `request: ${method.request.constant}`,
    `response: ${method.response.constant}`,
    ...(method.isIdempotent ? ["idempotent: true"] : []),
    ...(timeoutMs === undefined ? [] : [`timeoutMs: ${timeoutMs}`]),
    ...(priority === undefined ? [] : [`priority: ${priority}`]),
    ...(pairs.length === 0 ? [] : [["retry: ", list("{", pairs, "}", line)]]),
    ...(errors.length === 0 ? [] : [["errors: ", list("[", errors, "]")]]),
  ];
}

export function printTopic(topic: TopicView, { gen1, dialect }: ServiceWords): readonly Doc[] {
  const { orderingKey, ttlMs } = topic;
  const fields = topic.tokens.filter((token) => token.field !== "");
  const types = fields.map((token) => `${propertyKey(token.field)}: ${token.type}`);
  return printConstant(dialect, {
    name: topic.name,
    docs: printDocs(topic.docs),
    type: `${gen1}.TopicDescriptor`,
    typeArguments: [
      topic.type,
      topic.init,
      ...(types.length === 0 ? [] : [`{ ${types.join("; ")} }`]),
    ],
    isExported: true,
    value: pureCall(
      `${gen1}.topic`,
      object([
        `message: ${topic.message}`,
        ["tokens: ", list("[", topic.tokens.map(printToken), "]")],
        `qos: ${topic.qos}`,
        `retained: ${topic.isRetained}`,
        ...(orderingKey === undefined ? [] : [`orderingKey: ${stringLiteral(orderingKey)}`]),
        ...(ttlMs === undefined ? [] : [`ttlMs: ${ttlMs}`]),
      ]),
    ),
  });
}

function printToken(token: TopicTokenView): Doc {
  if (token.field === "") return stringLiteral(token.text);
  const members: Doc[] = [`field: ${stringLiteral(token.field)}`, `kind: "${token.kind}"`];
  if (token.kind !== "enum") return list("{", members, "}", line);
  const names = token.values.map(({ number, schemaName }): Doc => {
    const key = number < 0 ? `"${number}"` : String(number);
    return `${key}: ${stringLiteral(schemaName)}`;
  });
  return object([...members, ["names: ", object(names)]]);
}

export function printError(error: ErrorView, { gen1, dialect }: ServiceWords): readonly Doc[] {
  return printConstant(dialect, {
    name: error.name,
    docs: printDocs(error.docs),
    type: `${gen1}.ErrorType`,
    typeArguments: [error.type, error.init],
    isExported: true,
    value: pureCall(
      `${gen1}.error`,
      object([
        `message: ${error.message}`,
        `code: "${error.code}"`,
        `retryable: ${error.isRetryable}`,
      ]),
    ),
  });
}
