/** The schema's field rules, before a handler and before a publish: INVALID_ARGUMENT with every violation as a typed detail. */
import { Writer } from "@nexus-bridge/codec/gen1";
import type { AnyMessageType } from "./descriptor.ts";
import { NexusError } from "./nexus-error.ts";

type Violation = ReturnType<NonNullable<AnyMessageType["validate"]>>[number];

const TYPE_URL = "type.googleapis.com/nexus.v1.ValidationFailed";
/** Field 1 of ValidationFailed; 1, 2 and 3 of its Violation: all length-delimited. */
const VIOLATIONS = 10;
const FIELD = 10;
const RULE = 18;
const TEXT = 26;
/** Violations told in one error. */
const VIOLATIONS_MAX = 100;

/** Throws INVALID_ARGUMENT where `message` breaks a rule of its schema. */
export function checkRules(type: AnyMessageType, message: unknown): void {
  const violations = type.validate?.(message);
  if (violations === undefined || violations.length === 0) return;
  const [first] = violations;
  const more = violations.length > 1 ? ` (and ${violations.length - 1} more)` : "";
  throw new NexusError({
    code: "INVALID_ARGUMENT",
    message: `${type.typeName}: ${first?.field}: ${first?.text}${more}`,
    details: [{ typeUrl: TYPE_URL, value: encodeViolations(violations) }],
  });
}

/** `nexus.v1.ValidationFailed`: repeated Violation { string field = 1; string rule = 2; string text = 3; }. */
function encodeViolations(violations: readonly Violation[]): Uint8Array {
  const writer = new Writer();
  for (const { field, rule, text } of violations.slice(0, VIOLATIONS_MAX)) {
    const start = writer.open(VIOLATIONS);
    writer.string(FIELD, field);
    writer.string(RULE, rule);
    writer.string(TEXT, text);
    writer.close(start);
  }
  return writer.finish();
}
