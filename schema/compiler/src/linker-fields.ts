/** The linker's fourth step: reads a field's `default` and `json_name`, which are written as options but are none. */
import type { LinkContext } from "./link-context.ts";
import type { LinkedField, LinkedFile, LinkedMessage } from "./linked.ts";
import { convertValue } from "./option-value.ts";
import type { OptionSyntax } from "./syntax.ts";
import { utf8Text } from "./utf8.ts";

export function linkPseudoOptions(context: LinkContext, file: LinkedFile): void {
  for (const message of file.messages) inMessage(context, message);
  for (const field of file.extensions) inField(context, field);
}

function inMessage(context: LinkContext, message: LinkedMessage): void {
  for (const field of message.fields) inField(context, field);
  for (const field of message.extensions) inField(context, field);
  for (const nested of message.messages) inMessage(context, nested);
}

function inField(context: LinkContext, field: LinkedField): void {
  const seen = new Set<string>();
  for (const option of field.syntax.options) {
    const [part, more] = option.name;
    if (part === undefined || part.isExtension || more !== undefined) continue;
    if (part.text !== "default" && part.text !== "json_name") continue;
    if (seen.has(part.text)) {
      context.report.error(field.file.path, {
        rule: "option-twice",
        position: part.position,
        message: `\`${part.text}\` is set already`,
        help: "keep one of them",
      });
      continue;
    }
    seen.add(part.text);
    if (part.text === "default") setDefault(context, field, option);
    else setJsonName(context, field, option);
  }
}

function setDefault(context: LinkContext, field: LinkedField, option: OptionSyntax): void {
  const { position } = option;
  const report = (message: string, help?: string): void =>
    context.report.error(field.file.path, { rule: "default", position, message, help });
  if (field.file.tree.syntax === "proto3") {
    report("proto3 has no defaults of its own", "remove it: every type has a fixed default");
    return;
  }
  if (field.label === "repeated") {
    report("a repeated field has no default");
    return;
  }
  if (field.type?.kind === "message") {
    report("a message field has no default");
    return;
  }
  if (field.features.fieldPresence === "IMPLICIT") {
    report("a field without presence has no default", "set features.field_presence = EXPLICIT");
    return;
  }
  if (field.type === undefined) return;
  const converted = convertValue(field, option.value, false);
  if (converted.kind === "value") field.defaultValue = converted.value;
  else {
    context.report.error(field.file.path, {
      rule: "default",
      position: option.value.position,
      message: converted.message,
      help: converted.help,
    });
  }
}

function setJsonName(
  context: LinkContext,
  field: LinkedField,
  { value, position }: OptionSyntax,
): void {
  const report = (message: string): void =>
    context.report.error(field.file.path, { rule: "json-name", position, message });
  const name = value.kind === "string" ? utf8Text(value.bytes) : undefined;
  if (name === undefined) report("`json_name` takes a string");
  else if (field.isExtension) report("an extension has no JSON name of its own");
  else if (name.startsWith("[") && name.endsWith("]"))
    report("a JSON name in brackets means an extension");
  else if (name.includes("\0")) report("a JSON name holds no NUL");
  else {
    field.jsonName = name;
    field.hasJsonName = true;
  }
}
