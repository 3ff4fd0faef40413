/** Nexus's rules of a message: its topic's template, its error's code. */
import { topicBytesMax, topicTokensMax } from "./limits.ts";
import type { LinkContext } from "./link-context.ts";
import type { LinkedField, LinkedMessage } from "./linked.ts";
import {
  errorOption,
  orderingKeyOf,
  templateTokens,
  topicOption,
  topicSettings,
} from "./nexus-words.ts";
import { messageOf, numberOf, settingOf } from "./option-read.ts";
import type { Problem } from "./report.ts";
import { meant } from "./suggest.ts";
import { utf8Bytes } from "./utf8.ts";

type Reporter = (problem: Problem) => void;

export function checkTopicAndError(context: LinkContext, message: LinkedMessage): void {
  const report: Reporter = (problem) => context.report.error(message.file.path, problem);
  checkTopic(message, report);
  checkError(message, report);
}

function checkTopic(message: LinkedMessage, report: Reporter): void {
  const settings = topicSettings(message);
  const setting = settingOf(message.options, topicOption);
  if (settings === undefined || setting === undefined) return;
  const options = messageOf(message.options, topicOption);
  const position = settingOf(options, "name")?.position ?? setting.position;
  const { template } = settings;
  if (template === "") {
    if (options?.isIncomplete === true) return;
    report({
      rule: "topic-name",
      position,
      message: "a topic has a name",
      help: `for example (nexus.topic).name = "orders.created"`,
    });
    return;
  }
  const tokens = templateTokens(template);
  const bytes = utf8Bytes(template).length;
  if (tokens.length > topicTokensMax || bytes > topicBytesMax) {
    const size = tokens.length > topicTokensMax ? `${tokens.length} tokens` : `${bytes} bytes`;
    const limit = `at most ${topicTokensMax} tokens and ${topicBytesMax} bytes`;
    report({ rule: "topic-limit", position, message: `the topic's name has ${size}`, help: limit });
  }
  for (const token of tokens) {
    const fault =
      token.kind === "literal" ? literalFault(token.text) : fieldFault(message, token.name);
    if (fault !== undefined) report({ rule: "topic-name", position, ...fault });
  }
  checkOrderingKey(message, report);
}

type Fault = { readonly message: string; readonly help?: string | undefined };

function literalFault(text: string): Fault | undefined {
  if (text === "")
    return { message: "a token of a topic's name is empty", help: "one dot between two tokens" };
  if (/[{}]/.test(text)) {
    return {
      message: `\`${text}\`: a field in braces is a whole token`,
      help: "orders.{region}.created",
    };
  }
  if (/[*>]/.test(text)) {
    return {
      message: `\`${text}\`: a wildcard is for subscribers`,
      help: "name a field in braces",
    };
  }
  if (text.startsWith("$")) {
    return { message: `\`${text}\`: names that begin with $ belong to the router` };
  }
  return /^[A-Za-z0-9_-]+$/.test(text)
    ? undefined
    : { message: `\`${text}\`: a token is of letters, digits, _ and -` };
}

function fieldFault(message: LinkedMessage, name: string): Fault | undefined {
  const field = message.fields.find((candidate) => candidate.name === name);
  if (field === undefined) {
    const names = message.fields.filter((candidate) => spells(candidate)).map((one) => one.name);
    return { message: `\`${message.name}\` has no field \`${name}\``, help: meant(name, names) };
  }
  if (field.oneof !== undefined)
    return { message: `\`${name}\` is a member of a oneof and may be absent` };
  if (field.label === "repeated") return { message: `\`${name}\` is not singular` };
  if (spells(field)) return undefined;
  return {
    message: `\`${name}\` cannot be spelt in a topic's name`,
    help: "strings, integers, bools and enums can",
  };
}

function spells({ type, label, oneof }: LinkedField): boolean {
  if (label === "repeated" || oneof !== undefined || type === undefined) return false;
  if (type.kind === "scalar") return !["double", "float", "bytes"].includes(type.scalar);
  return type.kind === "enum";
}

function checkOrderingKey(message: LinkedMessage, report: Reporter): void {
  const name = orderingKeyOf(message);
  const setting = settingOf(messageOf(message.options, topicOption), "ordering_key");
  if (name === undefined || setting === undefined) return;
  const field = message.fields.find((candidate) => candidate.name === name);
  if (field !== undefined && spells(field)) return;
  const names = message.fields.filter(spells).map((one) => one.name);
  report({
    rule: "topic-ordering-key",
    position: setting.position,
    message:
      field === undefined
        ? `\`${message.name}\` has no field \`${name}\``
        : `\`${name}\` cannot be an ordering key`,
    help: meant(name, names) ?? "a singular string, integer, bool or enum outside oneofs",
  });
}

function checkError(message: LinkedMessage, report: Reporter): void {
  const setting = settingOf(message.options, errorOption);
  const options = messageOf(message.options, errorOption);
  if (setting === undefined || options === undefined) return;
  const code = numberOf(options, "code");
  if (options.isIncomplete || (code !== undefined && code !== 0)) return;
  report({
    rule: "error-code",
    position: settingOf(options, "code")?.position ?? setting.position,
    message: code === 0 ? "an error cannot have the code OK" : "an error has a code",
    help: "for example (nexus.error).code = NOT_FOUND",
  });
}
