/** Rules of one enum: its first value, its aliases, its numbers and what it reserves. */
import type { CheckOptions } from "./check.ts";
import { checkRanges, reservedNames } from "./check-message.ts";
import { enumNumberMax, enumNumberMin } from "./limits.ts";
import type { LinkContext } from "./link-context.ts";
import type { LinkedEnum, LinkedEnumValue } from "./linked.ts";
import { flagOf, settingOf } from "./option-read.ts";
import type { Problem } from "./report.ts";

type Reporter = (problem: Problem) => void;

export function checkEnum(
  context: LinkContext,
  linked: LinkedEnum,
  { skipsStructure }: CheckOptions,
): void {
  const report: Reporter = (problem) => context.report.error(linked.file.path, problem);
  const [first] = linked.values;
  if (first === undefined) {
    if (skipsStructure) return;
    report({
      rule: "empty-enum",
      position: linked.position,
      message: "an enum has at least one value",
    });
    return;
  }
  if (linked.features.enumType === "OPEN" && first.number !== 0 && !skipsStructure) {
    report({
      rule: "first-enum-value",
      position: first.syntax.number.position,
      message: "the first value of an open enum is zero",
      help: `put ${screaming(linked.name)}_UNSPECIFIED = 0; before it`,
    });
  }
  checkNumbers(linked, report);
  checkReserved(linked, report);
  checkNames(linked, report);
}

function checkNumbers(linked: LinkedEnum, report: Reporter): void {
  const allowsAlias = flagOf(linked.options, "allow_alias");
  const taken = new Map<number, LinkedEnumValue>();
  let hasAlias = false;
  for (const value of linked.values) {
    const { value: number, position } = value.syntax.number;
    if (number < BigInt(enumNumberMin) || number > BigInt(enumNumberMax)) {
      const range = `${enumNumberMin} to ${enumNumberMax}`;
      report({
        rule: "enum-number",
        position,
        message: `${number} is out of an enum's range`,
        help: range,
      });
      continue;
    }
    const other = taken.get(value.number);
    if (other === undefined) {
      taken.set(value.number, value);
      continue;
    }
    hasAlias = true;
    if (allowsAlias) continue;
    report({
      rule: "enum-alias",
      position,
      message: `the number ${number} is taken already, by \`${other.name}\``,
      help: "write option allow_alias = true; if that is meant",
    });
  }
  const setting = settingOf(linked.options, "allow_alias");
  if (allowsAlias && !hasAlias && setting !== undefined) {
    report({
      rule: "enum-alias",
      position: setting.position,
      message: "no two values of this enum share a number",
      help: "remove allow_alias",
    });
  }
}

function checkReserved({ syntax, values, file }: LinkedEnum, report: Reporter): void {
  const limits = { min: BigInt(enumNumberMin), max: BigInt(enumNumberMax) };
  checkRanges(syntax.reservedRanges, limits, report);
  const names = reservedNames(syntax.reservedNames, file.tree.syntax, report);
  for (const value of values) {
    const { value: number, position } = value.syntax.number;
    if (names.has(value.name)) {
      report({
        rule: "name-reserved",
        position: value.position,
        message: `the name \`${value.name}\` is reserved`,
      });
    }
    const isReserved = syntax.reservedRanges.some(
      ({ first, last = limits.max }) => first <= number && number <= last,
    );
    if (!isReserved) continue;
    report({ rule: "number-reserved", position, message: `the number ${number} is reserved` });
  }
}

/** Values that would be one once languages have taken the enum's name off. */
function checkNames(linked: LinkedEnum, report: Reporter): void {
  if (linked.features.jsonFormat !== "ALLOW") return;
  if (flagOf(linked.options, "deprecated_legacy_json_field_conflicts")) return;
  const prefix = linked.name.replaceAll("_", "").toLowerCase();
  const taken = new Map<string, LinkedEnumValue>();
  for (const value of linked.values) {
    const short = shortName(value.name, prefix);
    const other = taken.get(short);
    if (other === undefined) taken.set(short, value);
    else if (other.name !== value.name && other.number !== value.number) {
      report({
        rule: "enum-value-clash",
        position: value.position,
        message: `\`${value.name}\` and \`${other.name}\` are one name without the enum's name and case`,
        help: "give one of them another name",
      });
    }
  }
}

/** In camel case, with the prefix off where something is left. */
function shortName(name: string, prefix: string): string {
  let matched = 0;
  let index = 0;
  while (index < name.length && matched < prefix.length) {
    const character = name[index] ?? "";
    index += 1;
    if (character === "_") continue;
    if (character.toLowerCase() !== prefix[matched]) return camel(name);
    matched += 1;
  }
  if (matched < prefix.length) return camel(name);
  const rest = name.slice(index).replace(/^_+/, "");
  return rest === "" ? camel(name) : camel(rest);
}

function camel(name: string): string {
  const words = name.toLowerCase().split("_");
  return words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join("");
}

function screaming(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase();
}
