/** Decodes Nexus's options into the words of the model; what is wrong with them is for `check-nexus.ts` to say. */
import type { LinkContext } from "./link-context.ts";
import type {
  LinkedField,
  LinkedMessage,
  LinkedMethod,
  LinkedSymbol,
  OptionMessage,
} from "./linked.ts";
import type { Method, Rules, Service, Topic } from "./model.ts";
import { enumWordOf, flagOf, messageOf, numberOf, textOf, textsOf } from "./option-read.ts";
import { integerRanges } from "./option-value.ts";
import { type Reference, type Resolution, resolve } from "./scope.ts";

export const topicOption = "nexus.topic";
export const errorOption = "nexus.error";
export const fieldOption = "nexus.field";
export const methodOption = "nexus.method";
export const serviceOption = "nexus.service";
export const fileOption = "nexus.file";

/** A token of a topic's template, before its field is looked up. */
export type TemplateToken =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "field"; readonly name: string };

export function templateTokens(template: string): readonly TemplateToken[] {
  return template.split(".").map((token) => {
    const name = /^\{(.*)\}$/.exec(token)?.[1];
    return name === undefined ? { kind: "literal", text: token } : { kind: "field", name };
  });
}

export function topicSettings(
  message: LinkedMessage,
):
  | (Pick<Topic, "qos" | "retained" | "template"> & Partial<Pick<Topic, "ttlMs" | "compatibility">>)
  | undefined {
  const options = messageOf(message.options, topicOption);
  if (options === undefined) return undefined;
  const ttlMs = numberOf(options, "ttl_ms");
  const compatibility = enumWordOf(options, "compatibility", "COMPATIBILITY_");
  return {
    template: textOf(options, "name") ?? "",
    qos: qosOf(enumWordOf(options, "qos", "QOS_")),
    retained: flagOf(options, "retained"),
    ...(ttlMs === undefined ? {} : { ttlMs }),
    ...(isCompatibility(compatibility) ? { compatibility } : {}),
  };
}

export function orderingKeyOf(message: LinkedMessage): string | undefined {
  return textOf(messageOf(message.options, topicOption), "ordering_key");
}

function qosOf(word: string | undefined): Topic["qos"] {
  return word === "effectively_once" ? 2 : word === "at_least_once" ? 1 : 0;
}

function isCompatibility(word: string | undefined): word is NonNullable<Topic["compatibility"]> {
  return word === "none" || word === "backward" || word === "forward" || word === "full";
}

/** The options of a method without those that refer to other declarations. */
export function methodWords(
  method: LinkedMethod,
): Pick<Method, "idempotent" | "scopes" | "timeoutMs" | "priority" | "retry" | "rateLimit"> {
  const options = messageOf(method.options, methodOption);
  const timeoutMs = numberOf(options, "timeout_ms");
  const priority = numberOf(options, "priority");
  const retry = messageOf(options, "retry");
  const rateLimit = messageOf(options, "rate_limit");
  const level = numberOf(method.options, "idempotency_level") ?? 0;
  return {
    idempotent: flagOf(options, "idempotent") || level > 0,
    scopes: textsOf(options, "scopes"),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(priority === undefined ? {} : { priority }),
    ...(retry === undefined ? {} : { retry: retryOf(retry) }),
    ...(rateLimit === undefined ? {} : { rateLimit: rateLimitOf(rateLimit) }),
  };
}

function retryOf(options: OptionMessage): NonNullable<Method["retry"]> {
  const attempts = numberOf(options, "attempts");
  const backoffMs = numberOf(options, "backoff_ms");
  const backoffMaxMs = numberOf(options, "backoff_max_ms");
  return {
    ...(attempts === undefined ? {} : { attempts }),
    ...(backoffMs === undefined ? {} : { backoffMs }),
    ...(backoffMaxMs === undefined ? {} : { backoffMaxMs }),
  };
}

function rateLimitOf(options: OptionMessage): NonNullable<Method["rateLimit"]> {
  const perSecond = numberOf(options, "per_second");
  const burst = numberOf(options, "burst");
  return {
    ...(perSecond === undefined ? {} : { perSecond }),
    ...(burst === undefined ? {} : { burst }),
  };
}

export function balancingOf(options: OptionMessage | undefined): Service["balancing"] {
  const word = enumWordOf(messageOf(options, serviceOption), "balancing", "BALANCING_");
  switch (word) {
    case "round_robin":
    case "random":
    case "least_in_flight":
    case "hash":
      return word;
    default:
      return undefined;
  }
}

export function errorNames(method: LinkedMethod): readonly string[] {
  return textsOf(messageOf(method.options, methodOption), "errors");
}

/** One name of a method's `errors`, looked up as a field's type is. */
export function resolveError(
  context: LinkContext,
  method: LinkedMethod,
  name: string,
): { readonly reference: Reference; readonly resolution: Resolution } {
  const accepts = (symbol: LinkedSymbol): boolean => symbol.kind === "message";
  const reference = { file: method.file, scope: method.fullName, name, accepts };
  return { reference, resolution: resolve(context, reference) };
}

export function rulesOf(field: LinkedField): Rules | undefined {
  const options = messageOf(messageOf(field.options, fieldOption), "rules");
  if (options === undefined) return undefined;
  const min = boundOf(field, textOf(options, "min"));
  const max = boundOf(field, textOf(options, "max"));
  const minLength = numberOf(options, "min_length");
  const maxLength = numberOf(options, "max_length");
  return {
    required: flagOf(options, "required"),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(minLength === undefined ? {} : { minLength }),
    ...(maxLength === undefined ? {} : { maxLength }),
  };
}

/** A bound in the field's own type; nothing where the text is none of its values. */
export function boundOf(field: LinkedField, text: string | undefined): number | bigint | undefined {
  if (text === undefined || field.type?.kind !== "scalar") return undefined;
  const { scalar } = field.type;
  if (scalar === "double" || scalar === "float") {
    return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;
  }
  const range = integerRanges.get(scalar);
  if (range === undefined || !/^[+-]?\d{1,20}$/.test(text)) return undefined;
  const bound = BigInt(text.replace(/^\+/, ""));
  if (bound < range.min || bound > range.max) return undefined;
  return scalar.endsWith("64") ? bound : Number(bound);
}
