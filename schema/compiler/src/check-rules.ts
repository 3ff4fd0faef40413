/** Nexus's rules of a field's value: each must fit the field's type. */
import type { LinkedField, OptionMessage } from "./linked.ts";
import { boundOf, fieldOption } from "./nexus-words.ts";
import { flagOf, messageOf, numberOf, settingOf, textOf } from "./option-read.ts";
import type { Problem } from "./report.ts";

type Reporter = (problem: Problem) => void;

export function checkRules(field: LinkedField, report: Reporter): void {
  const rules = messageOf(messageOf(field.options, fieldOption), "rules");
  if (rules === undefined) return;
  checkPattern(rules, report);
  checkBounds(field, rules, report);
  checkLengths(field, rules, report);
  const required = settingOf(rules, "required");
  if (required !== undefined && flagOf(rules, "required") && field.isExtension) {
    report({ rule: "rules", position: required.position, message: "an extension has no rules" });
  }
}

function checkPattern(rules: OptionMessage, report: Reporter): void {
  const pattern = settingOf(rules, "pattern");
  if (pattern === undefined) return;
  report({
    rule: "rules-pattern",
    position: pattern.position,
    message: "patterns are not supported in this version",
    help: "check the text in the handler, or use min_length and max_length",
  });
}

function checkBounds(field: LinkedField, rules: OptionMessage, report: Reporter): void {
  const { type, label } = field;
  const isNumber =
    type?.kind === "scalar" &&
    !["string", "bytes", "bool"].includes(type.scalar) &&
    label !== "repeated";
  for (const name of ["min", "max"]) {
    const setting = settingOf(rules, name);
    if (setting === undefined) continue;
    const { position } = setting;
    const text = textOf(rules, name) ?? "";
    if (!isNumber) {
      const message = `\`${name}\` is for singular numbers`;
      report({
        rule: "rules",
        position,
        message,
        help: `use ${name}_length for text, lists and maps`,
      });
    } else if (boundOf(field, text) === undefined) {
      report({
        rule: "rules",
        position,
        message: `"${text.slice(0, 40)}" is no ${type.scalar}`,
        help: "write the bound as decimal text of the field's own type",
      });
    }
  }
  const min = boundOf(field, textOf(rules, "min"));
  const max = boundOf(field, textOf(rules, "max"));
  const position = settingOf(rules, "max")?.position;
  if (min !== undefined && max !== undefined && max < min && position !== undefined) {
    report({ rule: "rules", position, message: `no value is at least ${min} and at most ${max}` });
  }
}

function checkLengths({ type, label }: LinkedField, rules: OptionMessage, report: Reporter): void {
  const isText = type?.kind === "scalar" && (type.scalar === "string" || type.scalar === "bytes");
  for (const name of ["min_length", "max_length"]) {
    const setting = settingOf(rules, name);
    if (setting === undefined || isText || label === "repeated") continue;
    const message = `\`${name}\` is for strings, bytes, lists and maps`;
    report({ rule: "rules", position: setting.position, message });
  }
  const min = numberOf(rules, "min_length");
  const max = numberOf(rules, "max_length");
  const position = settingOf(rules, "max_length")?.position;
  if (min !== undefined && max !== undefined && max < min && position !== undefined) {
    report({ rule: "rules", position, message: `no length is at least ${min} and at most ${max}` });
  }
}
