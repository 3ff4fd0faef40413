/** A topic of the schema as a constant: spells its name from a message and its patterns from fields. It publishes nothing. */
import { escapeToken, patternProblem, topicProblem } from "@nexus-bridge/protocol";
import type { TopicDefinition, TopicDescriptor, TopicPattern, TopicToken } from "./descriptor.ts";
import { invalidArgument } from "./nexus-error.ts";

type Values = Readonly<Record<string, unknown>>;

export function topic<T, Init, Fields = Record<never, never>>(
  definition: TopicDefinition<T, Init>,
): TopicDescriptor<T, Init, Fields> {
  const { tokens, qos } = definition;
  const message = definition.message as unknown as TopicPattern<T>["message"];
  const patternOf = (fields: Values): string => {
    const pattern = tokens.map((token) => patternToken(token, fields)).join(".");
    const problem = patternProblem(pattern);
    if (problem !== undefined) throw invalidArgument(problem);
    return pattern;
  };
  return {
    definition,
    message,
    pattern: tokens.map((token) => (typeof token === "string" ? token : "*")).join("."),
    qos,
    matching: (fields) => ({ message, qos, pattern: patternOf(fields as Values) }),
  };
}

/** The topic that `message` is published to. */
export function topicName(tokens: readonly TopicToken[], message: object): string {
  let name = "";
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as TopicToken;
    if (at > 0) name += ".";
    if (typeof token === "string") name += token;
    else {
      const text = tokenText(token, (message as Values)[token.field]);
      if (text === "")
        throw invalidArgument(`the topic needs the field "${token.field}", which is empty`);
      name += text;
    }
  }
  return name;
}

/** The name checked against the grammar; hot paths ask once a name. */
export function checkTopicName(name: string): void {
  const problem = topicProblem(name);
  if (problem !== undefined) throw invalidArgument(problem);
}

function patternToken(token: TopicToken, fields: Values): string {
  if (typeof token === "string") return token;
  const value = fields[token.field];
  if (value === undefined) return "*";
  const text = tokenText(token, value);
  if (text === "") throw invalidArgument(`the pattern's field "${token.field}" is empty`);
  return text;
}

function tokenText(token: Exclude<TopicToken, string>, value: unknown): string {
  switch (token.kind) {
    case "string":
      return escapeToken(typeof value === "string" ? value : "");
    case "enum":
      return token.names?.[Number(value ?? 0)] ?? String(value ?? 0);
    case "integer":
      return String(value ?? 0);
    case "bool":
      return value === true ? "true" : "false";
    default:
      return token.kind satisfies never;
  }
}
