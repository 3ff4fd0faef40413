/** Nexus's rules of a method: the errors it declares, and that its two words on idempotency agree. */
import type { LinkContext } from "./link-context.ts";
import type { LinkedMethod } from "./linked.ts";
import { use } from "./linker-types.ts";
import { errorNames, errorOption, methodOption, resolveError } from "./nexus-words.ts";
import { enumNameOf, firstOf, messageOf, settingOf } from "./option-read.ts";
import { explain } from "./scope.ts";

export function checkMethod(context: LinkContext, method: LinkedMethod): void {
  checkErrors(context, method);
  const options = messageOf(method.options, methodOption);
  const idempotent = settingOf(options, "idempotent");
  const level = enumNameOf(method.options, "idempotency_level");
  if (idempotent === undefined || level === undefined) return;
  const isIdempotent = level !== "IDEMPOTENCY_UNKNOWN";
  if (firstOf(options, "idempotent") === isIdempotent) return;
  context.report.error(method.file.path, {
    rule: "idempotent",
    position: idempotent.position,
    message: `(nexus.method).idempotent and idempotency_level = ${level} contradict each other`,
    help: "keep one of them",
  });
}

function checkErrors(context: LinkContext, method: LinkedMethod): void {
  const options = messageOf(method.options, methodOption);
  const setting = settingOf(options, "errors");
  if (setting === undefined) return;
  const { position } = setting;
  const seen = new Set<string>();
  for (const name of errorNames(method)) {
    const report = (rule: string, message: string, help?: string): void =>
      context.report.error(method.file.path, { rule, position, message, help });
    const { reference, resolution } = resolveError(context, method, name);
    if (resolution.kind !== "found") {
      const fault = explain(context, reference, resolution);
      report("unknown-error", fault?.message ?? "", fault?.help);
      continue;
    }
    const { symbol } = resolution;
    use(method.file, symbol);
    if (symbol.kind !== "message" || messageOf(symbol.options, errorOption) === undefined) {
      report(
        "not-an-error",
        `\`${name}\` is no error`,
        "give the message option (nexus.error).code = ...",
      );
    } else if (seen.has(symbol.fullName)) {
      report("error-twice", `\`${name}\` is declared already`);
    }
    seen.add(symbol.fullName);
  }
}
