/**
 * The rules of compatibility as one table: what a change is called, how grave it is, and what to do instead. Peers of both
 * versions talk to each other in both directions, so a rule's verdict is the worse of the two. It compares nothing itself.
 *
 * - `compatible`: both sides understand each other, and programs written against the old schema still compile.
 * - `lossy`: both sides still talk, but something is lost: a value out of range, a field nobody reads any more, a
 *   guarantee, or a name that programs are written against.
 * - `breaking`: what one side writes, on the wire or in proto-JSON, is refused or taken for something else by the other.
 */

/** Of one change; what has none is identical. */
export type ChangeVerdict = "compatible" | "lossy" | "breaking";

/** From harmless to grave. */
export type Verdict = "identical" | ChangeVerdict;

export interface CompatibilityRule {
  readonly verdict: ChangeVerdict;
  /** What to do about it. */
  readonly help?: string;
}

export type ChangeKind =
  | FieldChangeKind
  | TypeChangeKind
  | OneofChangeKind
  | EnumChangeKind
  | ReservedChangeKind
  | DeclarationChangeKind
  | MethodChangeKind
  | TopicChangeKind
  | ErrorChangeKind;

type FieldChangeKind =
  | "field-added"
  | "field-added-required"
  | "field-removed"
  | "field-removed-required"
  | "field-removed-reserved"
  | "field-renumbered"
  | "field-reuses-number"
  | "field-reuses-name"
  | "field-renamed"
  | "field-renamed-json-kept"
  | "field-json-name"
  | "field-cardinality"
  | "field-presence"
  | "field-required"
  | "field-packed"
  | "field-delimited"
  | "field-utf8"
  | "field-default"
  | "field-js-type"
  | "field-pii"
  | "field-rules-tightened"
  | "field-rules-relaxed";
type TypeChangeKind =
  | "field-type"
  | "field-type-json"
  | "field-type-range"
  | "field-type-name"
  | "field-key-type"
  | "field-key-range";
type OneofChangeKind = "field-oneof" | "field-oneof-alone" | "oneof-renamed";
type EnumChangeKind =
  | "enum-value-added"
  | "enum-value-added-closed"
  | "enum-value-removed"
  | "enum-value-removed-reserved"
  | "enum-value-renumbered"
  | "enum-value-renamed"
  | "enum-value-reuses"
  | "enum-alias-added"
  | "enum-alias-removed"
  | "enum-closed"
  | "enum-default";
type ReservedChangeKind = "reserved-added" | "reserved-removed";
type DeclarationChangeKind =
  | "message-added"
  | "message-removed"
  | "enum-added"
  | "enum-removed"
  | "service-added"
  | "service-removed"
  | "service-policy";
type MethodChangeKind =
  | "method-added"
  | "method-removed"
  | "method-shape"
  | "method-request"
  | "method-response"
  | "method-idempotent"
  | "method-not-idempotent"
  | "method-scopes-added"
  | "method-scopes-removed"
  | "method-errors"
  | "method-policy";
type TopicChangeKind =
  | "topic-added"
  | "topic-removed"
  | "topic-name"
  | "topic-qos-raised"
  | "topic-qos-lowered"
  | "topic-retained"
  | "topic-not-retained"
  | "topic-ordering-added"
  | "topic-ordering-changed"
  | "topic-ttl-longer"
  | "topic-ttl-shorter"
  | "topic-compatibility";
type ErrorChangeKind = "error-added" | "error-removed" | "error-code" | "error-retryable";

const newField = "leave the field as it was and add a new one with a new number";
const newMethod = "leave the method as it was and add a new one beside it";
const newTopic = "leave the topic as it was and add a new message with a topic of its own";
const wider = "renew every peer before anybody sends a value that the old type has no room for";

const fieldRules: Readonly<Record<FieldChangeKind | OneofChangeKind, CompatibilityRule>> = {
  "field-added": { verdict: "compatible" },
  "field-added-required": {
    verdict: "breaking",
    help: "add it as optional: peers with the old schema never send it",
  },
  "field-removed": {
    verdict: "breaking",
    help: "keep the field and mark it deprecated, or reserve its number and its name",
  },
  "field-removed-required": {
    verdict: "breaking",
    help: "keep the field: readers that enforce required refuse messages without it",
  },
  "field-removed-reserved": {
    verdict: "lossy",
    help: "keep the field and mark it deprecated as long as anybody sends it",
  },
  "field-renumbered": { verdict: "breaking", help: "give it its old number again" },
  "field-reuses-number": { verdict: "breaking", help: "take a number that was never used" },
  "field-reuses-name": { verdict: "breaking", help: "take a name that was never used" },
  "field-renamed": {
    verdict: "breaking",
    help: "keep the name; if programs may change, set json_name to the old JSON name",
  },
  "field-renamed-json-kept": {
    verdict: "lossy",
    help: "keep the name, or change the programs that use it together with the schema",
  },
  "field-json-name": { verdict: "breaking", help: "keep the old JSON name" },
  "field-cardinality": { verdict: "breaking", help: newField },
  "field-presence": {
    verdict: "lossy",
    help: "keep the presence: zero and absent are the same to one side only",
  },
  "field-required": { verdict: "breaking", help: newField },
  "field-packed": { verdict: "compatible" },
  "field-delimited": { verdict: "breaking", help: newField },
  "field-utf8": { verdict: "lossy", help: "send UTF-8 only; for other bytes add a bytes field" },
  "field-default": {
    verdict: "breaking",
    help: "keep the default: an absent field reads as another value on each side",
  },
  "field-js-type": { verdict: "lossy", help: "change the JavaScript programs that use it as well" },
  "field-pii": { verdict: "compatible" },
  "field-rules-tightened": {
    verdict: "breaking",
    help: "check the new bound in the handler and tighten the rule when nobody breaks it any more",
  },
  "field-rules-relaxed": {
    verdict: "lossy",
    help: "renew the providers and subscribers before anybody sends such values",
  },
  "field-oneof": {
    verdict: "breaking",
    help: "leave the fields where they were: one side sends two values where the other has one",
  },
  "field-oneof-alone": { verdict: "lossy", help: "change the programs that use the field as well" },
  "oneof-renamed": { verdict: "lossy", help: "change the programs that use the oneof as well" },
};

const typeRules: Readonly<Record<TypeChangeKind, CompatibilityRule>> = {
  "field-type": { verdict: "breaking", help: newField },
  "field-type-json": { verdict: "breaking", help: newField },
  "field-type-range": { verdict: "lossy", help: wider },
  "field-type-name": { verdict: "breaking", help: newField },
  "field-key-type": { verdict: "breaking", help: newField },
  "field-key-range": { verdict: "lossy", help: wider },
};

const enumRules: Readonly<Record<EnumChangeKind | ReservedChangeKind, CompatibilityRule>> = {
  "enum-value-added": { verdict: "compatible" },
  "enum-value-added-closed": {
    verdict: "lossy",
    help: "readers with the old schema see the default: renew them before anybody sends it",
  },
  "enum-value-removed": {
    verdict: "breaking",
    help: "keep the value and mark it deprecated, or reserve its number and its name",
  },
  "enum-value-removed-reserved": {
    verdict: "lossy",
    help: "keep the value and mark it deprecated as long as anybody sends it",
  },
  "enum-value-renumbered": { verdict: "breaking", help: "give it its old number again" },
  "enum-value-renamed": {
    verdict: "breaking",
    help: "keep the old name first; the new one can be an alias (allow_alias) behind it",
  },
  "enum-value-reuses": {
    verdict: "breaking",
    help: "take a number and a name that were never used",
  },
  "enum-alias-added": { verdict: "compatible" },
  "enum-alias-removed": { verdict: "lossy", help: "keep the alias as long as programs use it" },
  "enum-closed": { verdict: "lossy", help: "keep the enum open or closed as it was" },
  "enum-default": { verdict: "breaking", help: "keep the first value first: it is the default" },
  "reserved-added": { verdict: "compatible" },
  "reserved-removed": {
    verdict: "lossy",
    help: "keep what is reserved: somebody may still send what once had that number or name",
  },
};

const serviceRules: Readonly<Record<DeclarationChangeKind | MethodChangeKind, CompatibilityRule>> =
  {
    "message-added": { verdict: "compatible" },
    "message-removed": {
      verdict: "lossy",
      help: "keep it as long as programs use it, and mark it deprecated",
    },
    "enum-added": { verdict: "compatible" },
    "enum-removed": {
      verdict: "lossy",
      help: "keep it as long as programs use it, and mark it deprecated",
    },
    "service-added": { verdict: "compatible" },
    "service-removed": {
      verdict: "breaking",
      help: "keep it and mark it deprecated as long as anybody calls it",
    },
    "service-policy": { verdict: "compatible" },
    "method-added": { verdict: "compatible" },
    "method-removed": {
      verdict: "breaking",
      help: "keep it and mark it deprecated as long as anybody calls it",
    },
    "method-shape": { verdict: "breaking", help: newMethod },
    "method-request": { verdict: "breaking", help: newMethod },
    "method-response": { verdict: "breaking", help: newMethod },
    "method-idempotent": { verdict: "compatible" },
    "method-not-idempotent": {
      verdict: "breaking",
      help: "callers with the old schema may call it twice: add a new method beside it",
    },
    "method-scopes-added": {
      verdict: "lossy",
      help: "give callers the scope before the schema asks for it",
    },
    "method-scopes-removed": { verdict: "compatible" },
    "method-errors": { verdict: "compatible" },
    "method-policy": { verdict: "compatible" },
  };

const topicRules: Readonly<Record<TopicChangeKind | ErrorChangeKind, CompatibilityRule>> = {
  "topic-added": { verdict: "compatible" },
  "topic-removed": {
    verdict: "breaking",
    help: "keep it and mark the message deprecated as long as anybody publishes it",
  },
  "topic-name": { verdict: "breaking", help: newTopic },
  "topic-qos-raised": { verdict: "compatible" },
  "topic-qos-lowered": { verdict: "lossy", help: "keep the guarantee: subscribers rely on it" },
  "topic-retained": { verdict: "compatible" },
  "topic-not-retained": {
    verdict: "lossy",
    help: "keep it retained: late subscribers rely on the last value",
  },
  "topic-ordering-added": { verdict: "compatible" },
  "topic-ordering-changed": { verdict: "lossy", help: "keep the key: subscribers rely on order" },
  "topic-ttl-longer": { verdict: "compatible" },
  "topic-ttl-shorter": {
    verdict: "lossy",
    help: "keep the time: slow subscribers miss what expires sooner",
  },
  "topic-compatibility": { verdict: "compatible" },
  "error-added": { verdict: "compatible" },
  "error-removed": { verdict: "breaking", help: "keep it as long as callers catch it by its type" },
  "error-code": { verdict: "breaking", help: "keep the code: callers compare it" },
  "error-retryable": { verdict: "lossy", help: "keep it: callers decide by it to try again" },
};

/** Every kind of change there is. */
export const compatibilityRules: Readonly<Record<ChangeKind, CompatibilityRule>> = {
  ...fieldRules,
  ...typeRules,
  ...enumRules,
  ...serviceRules,
  ...topicRules,
};

const order: readonly Verdict[] = ["identical", "compatible", "lossy", "breaking"];

/** True where `left` is graver than `right`. */
export function isWorse(left: Verdict, right: Verdict): boolean {
  return order.indexOf(left) > order.indexOf(right);
}

export function worst(verdicts: Iterable<Verdict>): Verdict {
  let found: Verdict = "identical";
  for (const verdict of verdicts) if (isWorse(verdict, found)) found = verdict;
  return found;
}
