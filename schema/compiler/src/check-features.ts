/** Rules of features: only in editions, known to the edition, and each where it can mean something. */
import { featureSetOf } from "./features.ts";
import type { LinkContext } from "./link-context.ts";
import type { LinkedField, LinkedFile, OptionMessage, OptionOwner } from "./linked.ts";
import { optionOwners } from "./linker-options.ts";

/** Where each feature may stand; all may stand in a file. */
const targets: ReadonlyMap<string, string> = new Map([
  ["field_presence", "FieldOptions"],
  ["enum_type", "EnumOptions"],
  ["repeated_field_encoding", "FieldOptions"],
  ["utf8_validation", "FieldOptions"],
  ["message_encoding", "FieldOptions"],
]);

export function checkFeatures(context: LinkContext, file: LinkedFile): void {
  for (const owner of optionOwners(file)) {
    const set = featureSetOf(owner.target.options);
    if (set !== undefined) checkSet(context, owner, set);
  }
}

function checkSet({ report }: LinkContext, owner: OptionOwner, set: OptionMessage): void {
  const { file, optionsType } = owner;
  for (const [feature, { position, values }] of set.values) {
    if (feature.isExtension) continue;
    const fault = (message: string, help?: string): void =>
      report.error(file.path, { rule: "features", position, message, help });
    if (file.tree.syntax !== "editions") {
      fault("features need an edition", 'write edition = "2023"; in place of the syntax');
      continue;
    }
    if (values[0] === 0) fault(`\`${feature.name}\` cannot be set to its unknown value`);
    const target = targets.get(feature.name);
    if (target !== undefined && optionsType !== "FileOptions" && optionsType !== target) {
      fault(`\`${feature.name}\` cannot be set here`, `it stands in ${target} and in files`);
    } else if (optionsType === "FieldOptions" && isField(owner.target)) {
      const problem = fieldFault(owner.target, feature.name, values[0]);
      if (problem !== undefined) fault(problem);
    } else if (feature.name === "field_presence" && values[0] === 3) {
      fault("a whole file cannot be LEGACY_REQUIRED");
    }
  }
}

function isField(target: OptionOwner["target"] | LinkedField): target is LinkedField {
  return "kind" in target && target.kind === "field";
}

function fieldFault(field: LinkedField, feature: string, value: unknown): string | undefined {
  const { type, label } = field;
  const isRepeated = label === "repeated";
  switch (feature) {
    case "field_presence":
      if (field.oneof !== undefined) return "a member of a oneof always has presence";
      if (isRepeated) return "a repeated field has no presence";
      if (field.isExtension && value !== 1) return "an extension always has presence";
      return type?.kind === "message" && value === 2
        ? "a message field always has presence"
        : undefined;
    case "repeated_field_encoding":
      if (!isRepeated) return "only a repeated field has an encoding of its items";
      return value === 1 && (type?.kind === "message" || isText(field))
        ? "only numbers, bools and enums can be packed"
        : undefined;
    case "utf8_validation":
      return isString(field) || field.isMap ? undefined : "only strings are UTF-8";
    case "message_encoding":
      return type?.kind === "message" && !field.isMap
        ? undefined
        : "only messages can be delimited";
    default:
      return undefined;
  }
}

function isString({ type }: LinkedField): boolean {
  return type?.kind === "scalar" && type.scalar === "string";
}

function isText({ type }: LinkedField): boolean {
  return type?.kind === "scalar" && (type.scalar === "string" || type.scalar === "bytes");
}
