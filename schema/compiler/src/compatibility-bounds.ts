/** Compares `(nexus.field).rules`: which bounds refuse more than before, and which refuse less. */
import { type Change, changeOf, type Where } from "./compatibility-change.ts";
import { typeDistance } from "./compatibility-type.ts";
import type { Field, Rules } from "./model.ts";

const none: Rules = { required: false };

export function compareRules(before: Field, after: Field, where: Where): readonly Change[] {
  const [old, now] = [before.rules ?? none, after.rules ?? none];
  const isSameType = typeDistance(before.type, after.type) === "same";
  const tightened = tighterWords(old, now, isSameType);
  const relaxed = tighterWords(now, old, isSameType);
  const changes: Change[] = [];
  if (tightened.length > 0) {
    const words = `the rules refuse more than before: ${tightened.join(", ")}`;
    changes.push(changeOf("field-rules-tightened", where, words));
  }
  if (relaxed.length > 0) {
    const words = `the rules refuse less than before: ${relaxed.join(", ")}`;
    changes.push(changeOf("field-rules-relaxed", where, words));
  }
  return changes;
}

type Bound = number | bigint | undefined;

/** The rules by which `right` refuses what `left` takes. Bounds of another type cannot be compared. */
function tighterWords(left: Rules, right: Rules, isSameType: boolean): readonly string[] {
  const words: string[] = [];
  if (right.required && !left.required) words.push("required");
  if (isSameType && isHigher(left.min, right.min)) words.push("min");
  if (isSameType && isLower(left.max, right.max)) words.push("max");
  if (isHigher(left.minLength, right.minLength)) words.push("min_length");
  if (isLower(left.maxLength, right.maxLength)) words.push("max_length");
  if (right.pattern !== undefined && left.pattern !== right.pattern) words.push("pattern");
  return words;
}

function isHigher(left: Bound, right: Bound): boolean {
  return right !== undefined && (left === undefined || right > left);
}

function isLower(left: Bound, right: Bound): boolean {
  return right !== undefined && (left === undefined || right < left);
}
