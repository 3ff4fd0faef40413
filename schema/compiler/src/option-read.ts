/** Reads interpreted options by name, for the stages that give them meaning. */
import type { LinkedField, OptionMessage, OptionSetting, OptionValue } from "./linked.ts";
import { isOptionMessage } from "./option-set.ts";

/** `name` is an extension's full name, or a plain field's name. */
export function settingOf(
  options: OptionMessage | undefined,
  name: string,
): (OptionSetting & { readonly field: LinkedField }) | undefined {
  if (options === undefined) return undefined;
  for (const [field, setting] of options.values) {
    if ((field.isExtension ? field.fullName : field.name) === name) return { ...setting, field };
  }
  return undefined;
}

export function firstOf(options: OptionMessage | undefined, name: string): OptionValue | undefined {
  return settingOf(options, name)?.values[0];
}

export function messageOf(
  options: OptionMessage | undefined,
  name: string,
): OptionMessage | undefined {
  const value = firstOf(options, name);
  return isOptionMessage(value) ? value : undefined;
}

export function textOf(options: OptionMessage | undefined, name: string): string | undefined {
  const value = firstOf(options, name);
  return typeof value === "string" ? value : undefined;
}

export function numberOf(options: OptionMessage | undefined, name: string): number | undefined {
  const value = firstOf(options, name);
  return typeof value === "bigint" ? Number(value) : typeof value === "number" ? value : undefined;
}

export function flagOf(options: OptionMessage | undefined, name: string): boolean {
  return firstOf(options, name) === true;
}

export function textsOf(options: OptionMessage | undefined, name: string): readonly string[] {
  const values = settingOf(options, name)?.values ?? [];
  return values.filter((value) => typeof value === "string");
}

/** An enum's value by the name it has in the schema. */
export function enumNameOf(options: OptionMessage | undefined, name: string): string | undefined {
  const setting = settingOf(options, name);
  if (setting?.field.type?.kind !== "enum") return undefined;
  const [number] = setting.values;
  return setting.field.type.enum.values.find((value) => value.number === number)?.name;
}

/** `BALANCING_ROUND_ROBIN` becomes `round_robin`; nothing for `..._UNSPECIFIED`. */
export function enumWordOf(
  options: OptionMessage | undefined,
  name: string,
  prefix: string,
): string | undefined {
  const value = enumNameOf(options, name);
  if (value === undefined || value === `${prefix}UNSPECIFIED`) return undefined;
  return value.slice(prefix.length).toLowerCase();
}
