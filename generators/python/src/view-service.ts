/** Services, topics and schema errors as views. */
import type { Message, Method, Service, Topic } from "@nexus-bridge/schema";
import { call, returnType, tallCall, tuple } from "./layout.ts";
import { methodName, Scope, snakeCase } from "./naming.ts";
import type { ModuleScope } from "./scope.ts";
import { stringLiteral } from "./text.ts";
import { messageClass, plainType } from "./types.ts";
import type { ErrorView, MethodView, ServiceView, TopicView } from "./view.ts";
import { documentation } from "./view-enum.ts";

export function errorView(scope: ModuleScope, message: Message): ErrorView {
  const path = scope.path(message);
  const name = scope.names.derived(message, "Error");
  return {
    opening: call(0, `class ${name}`, [`_gen1.SchemaError[${path}]`], ":"),
    docstring: documentation(message),
    message: path,
    code: message.error?.codeName ?? "UNKNOWN",
    retryable: message.error?.retryable === true ? "True" : "False",
  };
}

export function topicView(scope: ModuleScope, message: Message, topic: Topic): TopicView {
  const path = scope.path(message);
  const name = scope.names.derived(message, "Topic");
  const names = scope.names.message(message);
  const attribute = (field: Message["fields"][number]): string =>
    names.fields.get(field) ?? field.name;
  const fields = topic.tokens.flatMap((token) => (token.kind === "field" ? [token.field] : []));
  const parameters = fields.map(
    (field) => `${attribute(field)}: ${plainType(scope, field.type)} | None = None`,
  );
  const given = fields.map((field) => `${attribute(field)}=${attribute(field)}`);
  const className = `_${name}`;
  return {
    name,
    className,
    docstring: documentation(message),
    opening: call(0, `class ${className}`, [`_gen1.Topic[${path}]`], ":"),
    hasFields: fields.length > 0,
    signature: call(
      4,
      "def matching",
      ["self", "*", ...parameters],
      ` -> _gen1.TopicPattern[${path}]:`,
    ),
    fields: call(8, "return self.with_fields", given),
    declaration: tallCall(0, `${name} = ${fields.length > 0 ? className : "_gen1.Topic"}`, [
      `message=${path}`,
      `tokens=${tokens(topic, attribute)}`,
      ...(topic.qos === 0 ? [] : [`qos=${topic.qos}`]),
      ...(topic.retained ? ["retained=True"] : []),
      ...(topic.orderingKey === undefined
        ? []
        : [`ordering_key=${stringLiteral(attribute(topic.orderingKey))}`]),
      ...(topic.ttlMs === undefined ? [] : [`ttl_ms=${topic.ttlMs}`]),
    ]),
  };
}

function tokens(topic: Topic, attribute: (field: Message["fields"][number]) => string): string {
  const lines = topic.tokens.map((token) => {
    if (token.kind === "literal") return `        ${stringLiteral(token.text)},\n`;
    const { type } = token.field;
    const name = stringLiteral(attribute(token.field));
    if (type.kind !== "enum") {
      const kind =
        type.kind === "scalar" && (type.scalar === "string" || type.scalar === "bool")
          ? type.scalar
          : "integer";
      return `        _gen1.TopicField(${name}, "${kind}"),\n`;
    }
    const values = type.enum.values.filter((value) => value.aliasOf === undefined);
    const rows = values.map(
      (value) => `                ${value.number}: ${stringLiteral(value.name)},\n`,
    );
    const names = `{\n${rows.join("")}            }`;
    return `        _gen1.TopicField(\n            ${name},\n            "enum",\n            ${names},\n        ),\n`;
  });
  const [only = ""] = lines;
  if (lines.length === 1 && !only.trim().includes("\n")) return `(${only.trim()})`;
  return `(\n${lines.join("")}    )`;
}

export function serviceView(scope: ModuleScope, service: Service): ServiceView {
  const name = scope.names.derived(service, "");
  const methods = new Scope();
  const attributes = service.methods.map((method) => methods.take(methodName(method.name), 2));
  const constants = service.methods.map((method) =>
    scope.functionName("method", `${name}.${method.name}`).toUpperCase(),
  );
  const rows = service.methods.map(
    (_, index) => `        ${stringLiteral(attributes[index] ?? "")}: ${constants[index]},\n`,
  );
  return {
    name,
    client: scope.names.derived(service, "Client"),
    handler: scope.names.derived(service, "Handler"),
    clientDocstring: documentation(service),
    handlerDocstring: documentation(
      service,
      "Override the methods that are served; the others answer UNIMPLEMENTED.",
    ),
    declaration: tallCall(0, `${name} = _gen1.Service`, [
      `name=${stringLiteral(service.fullName)}`,
      `methods=${rows.length === 0 ? "{}" : `{\n${rows.join("")}    }`}`,
      ...(service.version === undefined ? [] : [`version=${stringLiteral(service.version)}`]),
      ...(service.balancing === undefined ? [] : [`balancing="${service.balancing}"`]),
    ]),
    methods: service.methods.map((method, index) =>
      methodView(
        scope,
        method,
        attributes[index] ?? snakeCase(method.name),
        constants[index] ?? "",
      ),
    ),
  };
}

function methodView(
  scope: ModuleScope,
  method: Method,
  name: string,
  constant: string,
): MethodView {
  const request = messageClass(scope, method.request);
  const response = messageClass(scope, method.response);
  return {
    declaration: tallCall(
      0,
      `${constant} = _gen1.Method`,
      methodWords(scope, method, request, response),
    ),
    docstring: documentation(method),
    ...clientWords(method, name, constant, request, response),
    handlerSignature: handlerSignature(method, name, request, response),
    refusal: call(8, "raise _gen1.unimplemented", [`${constant}.path`]),
  };
}

function methodWords(
  scope: ModuleScope,
  method: Method,
  request: string,
  response: string,
): readonly string[] {
  const errors = method.errors.map((error) => errorPath(scope, error));
  return [
    `service=${stringLiteral(method.parent.fullName)}`,
    `name=${stringLiteral(method.name)}`,
    `shape="${method.shape}"`,
    `request=${request}`,
    `response=${response}`,
    ...(method.idempotent ? ["idempotent=True"] : []),
    ...(method.timeoutMs === undefined ? [] : [`timeout=${method.timeoutMs / 1000}`]),
    ...(method.priority === undefined ? [] : [`priority=${method.priority}`]),
    ...(errors.length === 0 ? [] : [tuple(4, "errors=", errors)]),
  ];
}

function errorPath(scope: ModuleScope, message: Message): string {
  const name = scope.names.derived(message, "Error");
  if (scope.isLocal(message)) return name;
  return `${scope.path(message).split(".")[0]}.${name}`;
}

const options = "**options: _typing.Unpack[_gen1.CallOptions]";

function clientWords(
  method: Method,
  name: string,
  constant: string,
  request: string,
  response: string,
): Pick<MethodView, "clientSignature" | "clientCall"> {
  const send = (parameters: readonly string[], result: string, head: string): string =>
    call(4, `${head} ${name}`, ["self", ...parameters, "/", options], ` -> ${result}:`);
  const stream = `_gen1.Requests[${request}]`;
  switch (method.shape) {
    case "unary":
      return {
        clientSignature: send([`request: ${request}`], response, "async def"),
        clientCall: call(8, "return await self._nexus_unary", [constant, "request", "options"]),
      };
    case "server_stream":
      return {
        clientSignature: send([`request: ${request}`], `_gen1.ServerStream[${response}]`, "def"),
        clientCall: call(8, "return self._nexus_server_stream", [constant, "request", "options"]),
      };
    case "client_stream":
      return {
        clientSignature: send([`requests: ${stream}`], response, "async def"),
        clientCall: call(8, "return await self._nexus_client_stream", [
          constant,
          "requests",
          "options",
        ]),
      };
    case "bidi":
      return {
        clientSignature: send([], returnType(4, "_gen1.Duplex", [request, response]), "def"),
        clientCall: call(8, "return self._nexus_bidi", [constant, "options"]),
      };
  }
}

function handlerSignature(method: Method, name: string, request: string, response: string): string {
  const isStreamIn = method.shape === "client_stream" || method.shape === "bidi";
  const isStreamOut = method.shape === "server_stream" || method.shape === "bidi";
  const first = isStreamIn ? `requests: _abc.AsyncIterator[${request}]` : `request: ${request}`;
  const result = isStreamOut ? `_abc.AsyncIterator[${response}]` : response;
  const parameters = ["self", first, "context: _gen1.HandlerContext"];
  return call(4, `${isStreamOut ? "def" : "async def"} ${name}`, parameters, ` -> ${result}:`);
}
