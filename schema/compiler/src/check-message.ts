/** Rules of one message: its numbers, its names, what it reserves, its oneofs, its JSON names. */
import type { CheckOptions } from "./check.ts";
import { fieldNumberMax } from "./limits.ts";
import type { LinkContext } from "./link-context.ts";
import type { LinkedField, LinkedMessage } from "./linked.ts";
import { jsonNameOf } from "./names.ts";
import { flagOf } from "./option-read.ts";
import type { Problem } from "./report.ts";
import type { RangeSyntax, ReservedName, SyntaxKind } from "./syntax.ts";

export function checkMessage(
  context: LinkContext,
  message: LinkedMessage,
  { skipsStructure }: CheckOptions,
): void {
  const { syntax, file } = message;
  if (syntax === undefined) return;
  const report = (problem: Problem): void => context.report.error(file.path, problem);
  const ranges = [
    ...syntax.reservedRanges.map((range) => ({ range, word: "reserved" })),
    ...syntax.extensionRanges.map((range) => ({ range, word: "for extensions" })),
  ];
  checkRanges(
    ranges.map(({ range }) => range),
    { min: 1n, max: BigInt(fieldNumberMax) },
    report,
  );
  checkNumbers(message, ranges, report);
  checkReservedNames(message, report);
  if (file.tree.syntax === "proto3" && syntax.extensionRanges[0] !== undefined) {
    report({
      rule: "proto3-extensions",
      position: syntax.extensionRanges[0].position,
      message: "a proto3 message has no extensions",
      help: "use google.protobuf.Any, or proto2",
    });
  }
  for (const oneof of message.oneofs) {
    if (oneof.fields.length > 0 || skipsStructure) continue;
    report({
      rule: "empty-oneof",
      position: oneof.position,
      message: "a oneof has at least one field",
    });
  }
  checkJsonNames(context, message);
}

type Reporter = (problem: Problem) => void;

/** Also for the ranges that an enum reserves. */
export function checkRanges(
  ranges: readonly RangeSyntax[],
  { min, max }: { readonly min: bigint; readonly max: bigint },
  report: Reporter,
): void {
  const good: { readonly first: bigint; readonly last: bigint }[] = [];
  for (const { first, last = max, position } of ranges) {
    if (first < min || last > max) {
      report({
        rule: "range",
        position,
        message: `the range ${first} to ${last} leaves ${min} to ${max}`,
      });
    } else if (last < first) {
      report({
        rule: "range",
        position,
        message: `the range ${first} to ${last} ends before it starts`,
      });
    } else {
      const other = good.find((range) => range.first <= last && first <= range.last);
      if (other !== undefined) {
        report({
          rule: "range-overlap",
          position,
          message: `the range ${first} to ${last} meets ${other.first} to ${other.last}`,
        });
      }
      good.push({ first, last });
    }
  }
}

interface NamedRange {
  readonly range: RangeSyntax;
  readonly word: string;
}

function checkNumbers(
  message: LinkedMessage,
  ranges: readonly NamedRange[],
  report: Reporter,
): void {
  const taken = new Map<number, LinkedField>();
  const next = nextNumber(message);
  for (const field of message.fields) {
    const { value, position } = field.syntax.number;
    const other = taken.get(field.number);
    if (field.number > 0 && other !== undefined) {
      report({
        rule: "number-taken",
        position,
        message: `the number ${value} is taken already, by \`${other.name}\``,
        help: `the next free one is ${next}`,
      });
    }
    if (other === undefined) taken.set(field.number, field);
    const found = ranges.find(
      ({ range }) => range.first <= value && value <= (range.last ?? BigInt(fieldNumberMax)),
    );
    if (found === undefined) continue;
    report({
      rule: "number-reserved",
      position,
      message: `the number ${value} is ${found.word}`,
      help: `the next free one is ${next}`,
    });
  }
}

function nextNumber({ fields, extensionRanges, syntax }: LinkedMessage): number {
  let next = 1;
  for (const { number } of fields) next = Math.max(next, number + 1);
  const reserved = (syntax?.reservedRanges ?? []).map((range) => Number(range.last ?? range.first));
  for (const last of [...reserved, ...extensionRanges.map((range) => range.last)]) {
    if (last < fieldNumberMax) next = Math.max(next, last + 1);
  }
  return next;
}

function checkReservedNames({ syntax, fields, file }: LinkedMessage, report: Reporter): void {
  const reserved = reservedNames(syntax?.reservedNames ?? [], file.tree.syntax, report);
  for (const { name, position } of fields) {
    if (!reserved.has(name)) continue;
    report({
      rule: "name-reserved",
      position,
      message: `the name \`${name}\` is reserved`,
      help: "an earlier field had it; take another name",
    });
  }
}

/** The names that a message or an enum reserves, each checked for itself. */
export function reservedNames(
  names: readonly ReservedName[],
  syntax: SyntaxKind,
  report: Reporter,
): ReadonlySet<string> {
  const reserved = new Set<string>();
  for (const { text, position, isQuoted } of names) {
    if (isQuoted === (syntax === "editions")) {
      const message = isQuoted
        ? "editions reserve bare names, not strings"
        : `${syntax} reserves names as strings`;
      const help = isQuoted ? `write ${text}` : `write "${text}"`;
      report({ rule: "reserved-form", position, message, help });
    } else if (reserved.has(text)) {
      report({ rule: "reserved-twice", position, message: `\`${text}\` is reserved already` });
    }
    reserved.add(text);
  }
  return reserved;
}

/** Two fields that would be one in JSON. proto2 lets derived names meet, for old schemas. */
function checkJsonNames({ report }: LinkContext, message: LinkedMessage): void {
  const isStrict = message.features.jsonFormat === "ALLOW";
  const isLegacy = flagOf(message.options, "deprecated_legacy_json_field_conflicts");
  const byDefault = new Map<string, LinkedField>();
  const byName = new Map<string, LinkedField>();
  for (const field of message.fields) {
    const derived = jsonNameOf(field.name);
    const twin = byDefault.get(derived);
    const sameName = byName.get(field.jsonName);
    const other = sameName ?? twin;
    byDefault.set(derived, twin ?? field);
    byName.set(field.jsonName, sameName ?? field);
    if (other === undefined) continue;
    const isWritten = sameName !== undefined && (field.hasJsonName || other.hasJsonName);
    const isError = isWritten || (isStrict && !isLegacy);
    if (!isError) continue;
    report.error(field.file.path, {
      rule: "json-name-taken",
      position: field.position,
      message: `in JSON \`${field.name}\` and \`${other.name}\` are both \`${sameName === undefined ? derived : field.jsonName}\``,
      help: "give one of them another name",
    });
  }
}
