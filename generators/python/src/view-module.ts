/** A schema file as the view of one module. */
import type { Target } from "@nexus-bridge/generate-core";
import { allMessages, holdersOf } from "./modules.ts";
import { createScope, type ScopeRequest } from "./scope.ts";
import { commentText, docLines, docstring } from "./text.ts";
import type { ModuleView } from "./view.ts";
import { codecView, extensionView } from "./view-codec.ts";
import { enumView } from "./view-enum.ts";
import { enumNames } from "./view-json.ts";
import { messageView } from "./view-message.ts";
import { errorView, serviceView, topicView } from "./view-service.ts";

export function moduleView(request: ScopeRequest, target: Target): ModuleView {
  const { file, folder, name } = request.module;
  const scope = createScope(request);
  const messages = allMessages(file.messages);
  const docs = docLines(file.docs);
  const parts = {
    enums: file.enums.map((type) => enumView(scope, type)),
    messages: [...file.messages, ...holdersOf(file)].map((message) => messageView(scope, message)),
    enumNames: [...file.enums, ...messages.flatMap(({ enums }) => enums)].map((type) =>
      enumNames(scope, type),
    ),
    codecs: [
      ...messages.map((message) => codecView(scope, message)),
      ...file.extensions.map((extension) => extensionView(scope, extension)),
    ],
    errors: messages.flatMap((message) =>
      message.error === undefined ? [] : [errorView(scope, message)],
    ),
    topics: messages.flatMap(({ topic }) =>
      topic === undefined ? [] : [topicView(scope, topic.message, topic)],
    ),
    services: file.services.map((service) => serviceView(scope, service)),
  };
  const methods = file.services.flatMap((service) => service.methods);
  const isStreaming = methods.some((method) => method.shape !== "unary");
  const isEmpty =
    file.messages.length + file.enums.length + file.services.length + file.extensions.length === 0;
  const standard = [
    ...(scope.needsBuiltins() ? ["import builtins as _builtins"] : []),
    ...(file.messages.length + file.extensions.length > 0
      ? ["import dataclasses as _dataclasses"]
      : []),
    ...(methods.length > 0 ? ["import typing as _typing"] : []),
    ...(isStreaming ? ["from collections import abc as _abc"] : []),
  ];
  return {
    kind: "module",
    path: [...folder, `${name}.py`].join("/"),
    source: file.path,
    banner: commentText(file.path),
    docstring: docstring(docs.length === 0 ? [`The adapters of ${commentText(file.path)}.`] : docs),
    imports: standard,
    runtimeImport: isEmpty ? "" : runtimeImport(target),
    localImports: scope.imports(),
    aliases: scope.aliases(),
    ...parts,
  };
}

function runtimeImport(target: Target): string {
  const { runtime = defaultRuntime } = target.options;
  const dot = runtime.lastIndexOf(".");
  return `from ${runtime.slice(0, dot)} import ${runtime.slice(dot + 1)} as _gen1`;
}

export const defaultRuntime = "nexus_bridge.gen1";
