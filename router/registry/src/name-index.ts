/** The names that the newest schemas declare: methods, topics, messages and who declares them. */
import type { Enum, Message, Model, Service, Topic, TopicToken } from "@nexus-bridge/schema";
import type { MethodTypes, SchemaIndex } from "./schema-index.ts";

/** Concrete topics whose message is remembered; beyond them all are looked up anew. */
const TOPICS_REMEMBERED_MAX = 10_000;

export class NameIndex implements SchemaIndex {
  readonly #methods = new Map<string, MethodTypes>();
  readonly #messages = new Map<string, Message>();
  readonly #topics = new Map<string, Topic>();
  readonly #found = new Map<string, Message | undefined>();

  /** What `model` declares stands for its names from now on. */
  learn(model: Model): void {
    this.#found.clear();
    for (const { methods } of model.services.values()) {
      for (const { parent, name, shape, request, response } of methods) {
        const types = { shape, requestType: request, responseType: response };
        this.#methods.set(`${parent.fullName}/${name}`, types);
      }
    }
    for (const message of model.messages.values()) {
      const { fullName, topic } = message;
      this.#messages.set(fullName, message);
      if (topic === undefined) this.#topics.delete(fullName);
      else this.#topics.set(fullName, topic);
    }
  }

  method(name: string): MethodTypes | undefined {
    return this.#methods.get(name);
  }

  message(fullName: string): Message | undefined {
    return this.#messages.get(fullName);
  }

  topic(name: string): Message | undefined {
    if (this.#found.has(name)) return this.#found.get(name);
    const message = this.#findTopic(name.split("."));
    if (this.#found.size >= TOPICS_REMEMBERED_MAX) this.#found.clear();
    this.#found.set(name, message);
    return message;
  }

  #findTopic(tokens: readonly string[]): Message | undefined {
    let best: Topic | undefined;
    for (const topic of this.#topics.values()) {
      if (!fits(topic, tokens)) continue;
      if (best === undefined || literals(topic) > literals(best)) best = topic;
    }
    return best?.message;
  }
}

function fits({ tokens }: Topic, names: readonly string[]): boolean {
  if (tokens.length !== names.length) return false;
  return tokens.every((token, at) => fitsToken(token, names[at] ?? ""));
}

function fitsToken(token: TopicToken, text: string): boolean {
  if (token.kind === "literal") return token.text === text;
  const { type } = token.field;
  switch (type.kind) {
    case "message":
      return false;
    case "enum":
      return isInteger(text) || type.enum.values.some(({ name }) => name === text);
    case "scalar":
      if (type.scalar === "string") return true;
      return type.scalar === "bool" ? text === "true" || text === "false" : isInteger(text);
    default:
      return type satisfies never;
  }
}

const isInteger = (text: string): boolean => /^-?\d+$/.test(text);
const literals = ({ tokens }: Topic): number =>
  tokens.filter(({ kind }) => kind === "literal").length;

/** Whether `model` declares, and not only imports, a topic that the concrete name fits. */
export function declaresTopic(model: Model, name: string): boolean {
  const tokens = name.split(".");
  for (const { topic, file } of model.messages.values()) {
    if (topic !== undefined && file.isInput && fits(topic, tokens)) return true;
  }
  return false;
}

/** What `model` declares itself, and not only imports. */
export function declaredBy(model: Model, name: string): Service | Message | Enum | undefined {
  const found = model.services.get(name) ?? model.messages.get(name) ?? model.enums.get(name);
  return found?.file.isInput === true ? found : undefined;
}
