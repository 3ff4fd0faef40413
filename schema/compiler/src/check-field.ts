/** Rules of one field: what its label, type and options may be together. */
import { checkRules } from "./check-rules.ts";
import { fieldNumberMax, implementationNumbers } from "./limits.ts";
import type { LinkContext } from "./link-context.ts";
import type { LinkedField } from "./linked.ts";
import { isPackable } from "./model-message.ts";
import { enumNameOf, settingOf } from "./option-read.ts";
import type { Problem } from "./report.ts";

type Reporter = (problem: Problem) => void;

const keyTypes: ReadonlySet<string> = new Set([
  "int32",
  "int64",
  "uint32",
  "uint64",
  "sint32",
  "sint64",
  "fixed32",
  "fixed64",
  "sfixed32",
  "sfixed64",
  "bool",
  "string",
]);

export function checkField(context: LinkContext, field: LinkedField): void {
  const report: Reporter = (problem) => context.report.error(field.file.path, problem);
  checkNumber(field, report);
  checkLabel(field, report);
  if (field.isMap) checkMap(field, report);
  checkOpenEnum(field, report);
  checkStandardOptions(field, report);
  checkRules(field, report);
}

function checkNumber({ syntax }: LinkedField, report: Reporter): void {
  const { value, position } = syntax.number;
  const { first, last } = implementationNumbers;
  if (value < 1n || value > BigInt(fieldNumberMax)) {
    report({
      rule: "number-range",
      position,
      message: `a field's number lies between 1 and ${fieldNumberMax}`,
    });
  } else if (value >= BigInt(first) && value <= BigInt(last)) {
    report({
      rule: "number-range",
      position,
      message: `the numbers ${first} to ${last} belong to protobuf itself`,
    });
  }
}

function checkLabel(field: LinkedField, report: Reporter): void {
  const { syntax, file, isGroup, isExtension } = field;
  const kind = file.tree.syntax;
  const { label } = syntax;
  if (kind === "proto3") {
    if (label?.text === "required") {
      report({
        rule: "proto3-required",
        position: label.position,
        message: "proto3 has no required fields",
        help: "remove the word; (nexus.field).rules = {required: true} checks it when a message is sent",
      });
    }
    if (isGroup) {
      const position = syntax.position;
      report({
        rule: "proto3-group",
        position,
        message: "proto3 has no groups",
        help: "use a message",
      });
    }
  }
  if (kind === "proto2" && label === undefined && !field.isMap && field.oneof === undefined) {
    report({
      rule: "label-missing",
      position: syntax.position,
      message: "a proto2 field has a label",
      help: 'write optional, required or repeated before it, or syntax = "proto3"; at the top of the file',
    });
  }
  if (kind === "editions") checkEditionLabel(field, report);
  if (label !== undefined && field.isMap) {
    report({ rule: "map-label", position: label.position, message: "a map takes no label" });
  }
  if (isExtension && label?.text === "required") {
    report({
      rule: "extension-required",
      position: label.position,
      message: "an extension cannot be required",
    });
  }
}

function checkEditionLabel({ syntax, isGroup }: LinkedField, report: Reporter): void {
  const { label } = syntax;
  if (label !== undefined && label.text !== "repeated") {
    report({
      rule: "edition-label",
      position: label.position,
      message: `editions have no label \`${label.text}\``,
      help:
        label.text === "optional"
          ? "remove it: presence is explicit unless features.field_presence says otherwise"
          : "write [features.field_presence = LEGACY_REQUIRED]",
    });
  }
  if (isGroup) {
    report({
      rule: "edition-group",
      position: syntax.position,
      message: "editions have no groups",
      help: "use a message with [features.message_encoding = DELIMITED]",
    });
  }
}

function checkMap(field: LinkedField, report: Reporter): void {
  const { syntax, type } = field;
  if (syntax.type.kind !== "map") return;
  if (field.oneof !== undefined || field.isExtension) {
    report({
      rule: "map-place",
      position: syntax.position,
      message: field.isExtension ? "an extension cannot be a map" : "a map cannot stand in a oneof",
      help: "put the map into a message of its own",
    });
  }
  const key = type?.kind === "message" ? type.message.fields[0]?.type : undefined;
  if (key === undefined || (key.kind === "scalar" && keyTypes.has(key.scalar))) return;
  report({
    rule: "map-key",
    position: syntax.type.key.position,
    message: `\`${syntax.type.key.text}\` cannot be the key of a map`,
    help: "keys are integers, bool or string",
  });
}

/** Without presence, and in all of proto3, a number that the enum does not know must be kept. */
function checkOpenEnum(field: LinkedField, report: Reporter): void {
  const { type, syntax, features } = field;
  if (type?.kind !== "enum") return;
  const first = type.enum.values[0];
  const isProto3 = field.file.tree.syntax === "proto3";
  const isImplicit =
    features.fieldPresence === "IMPLICIT" &&
    field.label !== "repeated" &&
    field.oneof === undefined;
  const position = syntax.type.kind === "named" ? syntax.type.name.position : syntax.position;
  if (isProto3 && type.enum.features.enumType === "CLOSED") {
    report({
      rule: "closed-enum",
      position,
      message: `\`${type.enum.fullName}\` is a closed enum and cannot be used in proto3`,
      help: "declare it in a proto3 file",
    });
  } else if (isImplicit && !field.isProto3Optional && first !== undefined && first.number !== 0) {
    report({
      rule: "closed-enum",
      position,
      message: `\`${type.enum.fullName}\` does not start at zero, so that a field of it needs presence`,
    });
  }
}

const longTypes: ReadonlySet<string> = new Set([
  "int64",
  "uint64",
  "sint64",
  "fixed64",
  "sfixed64",
]);

function checkStandardOptions(field: LinkedField, report: Reporter): void {
  const { options, type, file } = field;
  const packed = settingOf(options, "packed");
  if (packed !== undefined && file.tree.syntax === "editions") {
    report({
      rule: "edition-packed",
      position: packed.position,
      message: "editions have no option `packed`",
      help: "write features.repeated_field_encoding = PACKED or EXPANDED",
    });
  } else if (packed?.values[0] === true && !isPackable(field)) {
    report({
      rule: "packed",
      position: packed.position,
      message: "only repeated numbers, bools and enums can be packed",
    });
  }
  const jsType = settingOf(options, "jstype");
  const isLong = type?.kind === "scalar" && longTypes.has(type.scalar);
  if (jsType !== undefined && !isLong && enumNameOf(options, "jstype") !== "JS_NORMAL") {
    report({
      rule: "jstype",
      position: jsType.position,
      message: "`jstype` is for 64-bit integers",
    });
  }
  for (const name of ["lazy", "unverified_lazy"]) {
    const lazy = settingOf(options, name);
    if (lazy?.values[0] !== true || type?.kind === "message") continue;
    report({ rule: "lazy", position: lazy.position, message: `only messages can be \`${name}\`` });
  }
}
