/**
 * Line breaks as ruff's formatter sets them at 100 columns, for the few shapes that generated code has: a call or a
 * signature, and a union. Everything else is short by construction.
 */
const width = 100;

function pad(columns: number): string {
  return " ".repeat(columns);
}

/** `head(a, b)tail` at `column`: on one line, with its arguments on one of their own, or one argument a line. */
export function call(column: number, head: string, args: readonly string[], tail = ""): string {
  const together = args.join(", ");
  const line = `${head}(${together})${tail}`;
  if (column + line.length <= width || args.length === 0) return line;
  if (column + 4 + together.length <= width) {
    return `${head}(\n${pad(column + 4)}${together}\n${pad(column)})${tail}`;
  }
  const lines = args.map((argument) => `${pad(column + 4)}${argument},\n`).join("");
  return `${head}(\n${lines}${pad(column)})${tail}`;
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
