/**
 * The grammar of topics and patterns: dot-separated tokens, `*` for one token, `>` for a tail. Matching is the router's.
 */
import { limits } from "./gen/limits.ts";
import { utf8Bytes } from "./text.ts";

const encoder = new TextEncoder();

/** Why `topic` cannot be published to; undefined when it can. */
export function topicProblem(topic: string): string | undefined {
  const problem = nameProblem(topic, "topic");
  if (problem !== undefined) return problem;
  const wildcard = topic.split(".").find((token) => token === "*" || token === ">");
  if (wildcard !== undefined) return `topic "${topic}": "${wildcard}" belongs into patterns`;
  return undefined;
}

/** Why `pattern` cannot be subscribed to; undefined when it can. */
export function patternProblem(pattern: string): string | undefined {
  const problem = nameProblem(pattern, "pattern");
  if (problem !== undefined) return problem;
  const tokens = pattern.split(".");
  const tail = tokens.indexOf(">");
  if (tail >= 0 && tail < tokens.length - 1)
    return `pattern "${pattern}": ">" stands only at the end`;
  const wildcards = tokens.filter((token) => token === "*" || token === ">").length;
  if (wildcards > limits.patternWildcards)
    return `pattern "${pattern}": more than ${limits.patternWildcards} wildcards`;
  return undefined;
}

/** What topics, patterns and methods have in common: length, number of tokens, none of them empty. */
function nameProblem(name: string, what: string): string | undefined {
  const size = utf8Bytes(name);
  if (size === 0) return `the ${what} is empty`;
  if (size > limits.nameBytes)
    return `the ${what} has ${size} bytes, ${limits.nameBytes} are allowed`;
  const tokens = name.split(".");
  if (tokens.length > limits.nameTokens)
    return `${what} "${name}": more than ${limits.nameTokens} tokens`;
  if (tokens.includes("")) return `${what} "${name}" has an empty token`;
  return undefined;
}

/** Topics that only routers publish. */
export function isReservedTopic(topic: string): boolean {
  return topic.startsWith("$");
}

const plain = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) ||
  (byte >= 0x41 && byte <= 0x5a) ||
  (byte >= 0x61 && byte <= 0x7a) ||
  byte === 0x5f ||
  byte === 0x2d;

/** One value of a topic template as a token: bytes outside `[A-Za-z0-9_-]` become `%XX`. An empty value has no token. */
export function escapeToken(value: string): string {
  if (/^[A-Za-z0-9_-]*$/.test(value)) return value;
  let token = "";
  for (const byte of encoder.encode(value))
    token += plain(byte)
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  return token;
}
