/**
 * Line breaks as ruff's formatter sets them at 100 columns, for the few shapes that generated code has: a call or a
 * signature, and a union. Everything else is short by construction.
 */
export const width = 100;

function pad(columns: number): string {
  return " ".repeat(columns);
}

/** `head(a, b)tail` at `column`: on one line, with its arguments on one of their own, or one argument a line. */
export function call(column: number, head: string, args: readonly string[], tail = ""): string {
  const together = args.join(", ");
  const line = `${head}(${together})${tail}`;
  const isBroken = tail.includes("\n");
  if ((column + line.length <= width && !isBroken) || args.length === 0) return line;
  if (column + 4 + together.length <= width) {
    return `${head}(\n${pad(column + 4)}${together}\n${pad(column)})${tail}`;
  }
  const lines = args.map((argument) => `${pad(column + 4)}${argument},\n`).join("");
  return `${head}(\n${lines}${pad(column)})${tail}`;
}

/** `target = callee(a, b)`: where not even its first line fits, the call moves into parentheses of its own. */
export function assignedCall(
  column: number,
  target: string,
  callee: string,
  args: readonly string[],
): string {
  const opening = `${target} = ${callee}(`;
  const whole = `${opening}${args.join(", ")})`;
  if (column + whole.length <= width || column + opening.length <= width) {
    return call(column, `${target} = ${callee}`, args);
  }
  return `${target} = (\n${pad(column + 4)}${call(column + 4, callee, args)}\n${pad(column)})`;
}

/** `name: A | None = None` at `column`. */
export function optionalField(column: number, name: string, type: string): string {
  const line = `${name}: ${type} | None = None`;
  if (column + line.length <= width) return line;
  const inner =
    column + 4 + type.length + " | None".length <= width
      ? `${pad(column + 4)}${type} | None`
      : `${pad(column + 4)}${type}\n${pad(column + 4)}| None`;
  return `${name}: (\n${inner}\n${pad(column)}) = None`;
}

/** `name: list[T] = callee(argument)`: where the type leaves no room for the value, the type itself is broken. */
export function containerField(
  column: number,
  { name, container, items }: { name: string; container: string; items: readonly string[] },
  callee: string,
  argument: string,
): string {
  const inner = items.join(", ");
  const head = `${name}: ${container}[${inner}]`;
  if (column + `${head} = (`.length <= width) return assignedCall(column, head, callee, [argument]);
  const broken =
    column + 4 + inner.length <= width
      ? `${pad(column + 4)}${inner}\n`
      : items.map((item) => `${pad(column + 4)}${item},\n`).join("");
  return `${name}: ${container}[\n${broken}${pad(column)}] = ${callee}(${argument})`;
}

/** `head = callee(default_factory=lambda: value)`. */
export function lazyField(column: number, head: string, callee: string, value: string): string {
  const argument = `default_factory=lambda: ${value}`;
  if (column + 4 + argument.length < width) return assignedCall(column, head, callee, [argument]);
  const wrapped = `default_factory=lambda: (\n${pad(column + 8)}${value}\n${pad(column + 4)})`;
  return tallCall(column, `${head} = ${callee}`, [wrapped]);
}

/** The type behind `) -> `, broken where it would not fit there. */
export function returnType(column: number, generic: string, items: readonly string[]): string {
  const inner = items.join(", ");
  const whole = `${generic}[${inner}]`;
  if (column + `) -> ${whole}:`.length <= width) return whole;
  if (column + 4 + inner.length <= width) {
    return `${generic}[\n${pad(column + 4)}${inner}\n${pad(column)}]`;
  }
  const lines = items.map((item) => `${pad(column + 4)}${item},\n`).join("");
  return `${generic}[\n${lines}${pad(column)}]`;
}

/** `from .module import name as name` at `column`. */
export function importLine(column: number, module: string, name: string): string {
  const line = `from .${module} import ${name} as ${name}`;
  if (column + line.length <= width) return line;
  return `from .${module} import (\n${pad(column + 4)}${name} as ${name},\n${pad(column)})`;
}

/** As `call`, with one argument a line whatever its length. */
export function tallCall(column: number, head: string, args: readonly string[]): string {
  const lines = args.map((argument) => `${pad(column + 4)}${argument},\n`).join("");
  return `${head}(\n${lines}${pad(column)})`;
}

/** `head(a, b)` for a tuple: on one line, or one member a line; a single member keeps its comma. */
export function tuple(column: number, head: string, members: readonly string[]): string {
  const inner = members.length === 1 ? `${members[0]},` : members.join(", ");
  const line = `${head}(${inner})`;
  return column + line.length < width ? line : tallCall(column, head, members);
}

/** `name = A | B | C` at `column`. */
export function union(column: number, name: string, members: readonly string[]): string {
  const line = `${name} = ${members.join(" | ")}`;
  if (column + line.length <= width || members.length === 1) return line;
  const inner = members.join(" | ");
  if (column + 4 + inner.length <= width) {
    return `${name} = (\n${pad(column + 4)}${inner}\n${pad(column)})`;
  }
  const lines = members.map(
    (member, index) => `${pad(column + 4)}${index === 0 ? "" : "| "}${member}\n`,
  );
  return `${name} = (\n${lines.join("")}${pad(column)})`;
}
