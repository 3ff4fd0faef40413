/** Checks what linked declarations must hold beyond names and types; every rule of protobuf first, then Nexus's own. */
import { checkEnum } from "./check-enum.ts";
import { checkExtensions } from "./check-extension.ts";
import { checkFeatures } from "./check-features.ts";
import { checkField } from "./check-field.ts";
import { checkMessage } from "./check-message.ts";
import { checkMethod } from "./check-method.ts";
import { checkTopicAndError } from "./check-topic.ts";
import { fieldsMax } from "./limits.ts";
import type { LinkContext } from "./link-context.ts";
import type { LinkedFile, LinkedMessage } from "./linked.ts";

export interface CheckOptions {
  /** True where statements are missing because they could not be read: what is absent says nothing then. */
  readonly skipsStructure: boolean;
}

export function check(context: LinkContext, options: CheckOptions): void {
  checkFieldCount(context);
  checkExtensions(context);
  for (const file of context.files) {
    for (const message of file.messages) checkMessages(context, message, options);
    for (const linked of file.enums) checkEnum(context, linked, options);
    for (const field of file.extensions) checkField(context, field);
    for (const service of file.services) {
      for (const method of service.methods) checkMethod(context, method);
    }
    checkFeatures(context, file);
    if (!options.skipsStructure && !context.report.hasErrors) checkImports(context, file);
  }
}

function checkMessages(context: LinkContext, message: LinkedMessage, options: CheckOptions): void {
  // The entry of a map is the compiler's own work.
  if (message.isMapEntry) return;
  checkMessage(context, message, options);
  checkTopicAndError(context, message);
  for (const field of message.fields) checkField(context, field);
  for (const field of message.extensions) checkField(context, field);
  for (const nested of message.messages) checkMessages(context, nested, options);
  for (const nested of message.enums) checkEnum(context, nested, options);
}

function checkFieldCount({ files, report }: LinkContext): void {
  let count = 0;
  const add = (message: LinkedMessage): void => {
    count += message.fields.length;
    for (const nested of message.messages) add(nested);
  };
  for (const file of files) {
    for (const message of file.messages) add(message);
    if (count <= fieldsMax) continue;
    report.error(file.path, {
      rule: "fields-limit",
      position: { line: 1, column: 1 },
      message: `more than ${fieldsMax} fields in one compilation`,
      help: "compile fewer files at once",
    });
    return;
  }
}

/** An import that nothing needs is only worth a warning; a public one serves others. */
function checkImports({ report }: LinkContext, file: LinkedFile): void {
  for (const statement of file.tree.imports) {
    const target = file.dependencies.find(({ path }) => path === statement.path);
    if (target === undefined || statement.modifier === "public" || isUsed(file, target)) continue;
    report.warning(file.path, {
      rule: "unused-import",
      position: statement.position,
      message: `the import "${statement.path}" is not used`,
      help: "remove it",
    });
  }
}

function isUsed(file: LinkedFile, target: LinkedFile): boolean {
  if (file.used.has(target)) return true;
  return target.tree.imports.some(({ modifier, path }) => {
    const next =
      modifier === "public" ? target.dependencies.find((one) => one.path === path) : undefined;
    return next !== undefined && isUsed(file, next);
  });
}
