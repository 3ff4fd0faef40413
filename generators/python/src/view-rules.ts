/** The checks of a message as a view: its own rules and those of the messages inside it. */
import type { Field, Message, Rules } from "@nexus-bridge/schema";
import { call } from "./layout.ts";
import { byNumber } from "./names.ts";
import type { ModuleScope } from "./scope.ts";
import type { ValidateView } from "./view.ts";

export function hasRules(message: Message, seen = new Set<Message>()): boolean {
  if (seen.has(message) || message.wellKnown !== undefined) return false;
  seen.add(message);
  return message.fields.some(
    (field) =>
      bounds(field.rules).length > 0 ||
      field.rules?.required === true ||
      (field.type.kind === "message" && hasRules(field.type.message, seen)),
  );
}

export function validateView(scope: ModuleScope, message: Message): ValidateView | false {
  if (!hasRules(message)) return false;
  const path = scope.path(message);
  const str = scope.builtin("str");
  const parameters = [
    `message: ${path}`,
    `path: ${str}`,
    `found: ${scope.builtin("list")}[_gen1.Violation]`,
  ];
  const name = scope.functionName("validate", path);
  return {
    signature: call(0, `def ${name}`, parameters, " -> None:"),
    statements: byNumber(message.fields).flatMap((field) => fieldChecks(scope, field)),
  };
}

function fieldChecks(scope: ModuleScope, field: Field): readonly string[] {
  const names = scope.names.message(field.parent);
  const { rules } = field;
  if (field.oneof !== undefined) {
    const kind = `${scope.path(field.parent)}.${names.cases.get(field)}`;
    const inner = valueChecks(scope, field, "value", 8);
    if (inner.length === 0) return [];
    const held = call(4, "value = _gen1.held", [
      `message.${names.oneofs.get(field.oneof)?.field}`,
      kind,
    ]);
    return [held, "if value is not None:", ...inner.map((line) => `    ${line}`)];
  }
  const name = names.fields.get(field) ?? field.name;
  const source = `message.${name}`;
  const checks: string[] = [];
  if (rules?.required === true) {
    checks.push(
      call(4, "_gen1.check_required", ["found", fieldPath(field), presence(scope, field, source)]),
    );
  }
  const isPlain =
    field.cardinality.kind !== "singular" ||
    (field.cardinality.presence === "implicit" && field.type.kind !== "message");
  const inner = valueChecks(scope, field, source, isPlain ? 4 : 8);
  if (inner.length === 0) return checks;
  if (isPlain) return [...checks, ...inner];
  return [...checks, `if ${source} is not None:`, ...inner.map((line) => `    ${line}`)];
}

function presence(scope: ModuleScope, field: Field, source: string): string {
  const { cardinality, type } = field;
  const isImplicit =
    cardinality.kind !== "singular" ||
    (cardinality.presence === "implicit" && type.kind !== "message");
  return isImplicit ? `${scope.builtin("bool")}(${source})` : `${source} is not None`;
}

/** The field's path with its name in the schema, which every language shares. */
function fieldPath(field: Field): string {
  return `f"{path}${field.name}"`;
}

function valueChecks(
  scope: ModuleScope,
  field: Field,
  source: string,
  column: number,
): readonly string[] {
  const checks = bounds(field.rules).map(([rule, bound]) =>
    call(column, `_gen1.check_${rule}`, ["found", fieldPath(field), source, bound]),
  );
  if (field.type.kind !== "message" || !hasRules(field.type.message)) return checks;
  const validate = nestedValidate(scope, field.type.message);
  const nested = (value: string, path: string): string =>
    call(column + (path === "" ? 0 : 4), validate, [
      value,
      `f"{path}${field.name}${path}."`,
      "found",
    ]);
  if (field.cardinality.kind === "repeated") {
    return [
      ...checks,
      `for index, item in ${scope.builtin("enumerate")}(${source}):`,
      `    ${nested("item", "[{index}]")}`,
    ];
  }
  if (field.cardinality.kind === "map") {
    return [...checks, `for key, item in ${source}.items():`, `    ${nested("item", "[{key}]")}`];
  }
  return [...checks, nested(source, "")];
}

function nestedValidate(scope: ModuleScope, message: Message): string {
  if (scope.isLocal(message)) return scope.functionName("validate", scope.path(message));
  return "_gen1.check_nested";
}

function bounds(rules: Rules | undefined): readonly (readonly [rule: string, bound: string])[] {
  if (rules === undefined) return [];
  const named = [
    ["min", rules.min],
    ["max", rules.max],
    ["min_length", rules.minLength],
    ["max_length", rules.maxLength],
  ] as const;
  return named.flatMap(([rule, bound]) =>
    bound === undefined ? [] : [[rule, String(bound)] as const],
  );
}
