/**
 * Prints a stage's value as JSON for a person: declarations that a value only refers to appear by name, so that a linked
 * model has an end, and bytes, maps and 64-bit numbers appear as text.
 */

/** The lists in which a declaration stands where it is declared; anywhere else it is a reference. */
const owningKeys = new Set([
  "files",
  "messages",
  "enums",
  "services",
  "fields",
  "oneofs",
  "values",
  "methods",
  "extensions",
]);

export function inspect(value: unknown): string {
  return JSON.stringify(plain(value, true, new Set()), null, 2) ?? "null";
}

function plain(value: unknown, isOwned: boolean, above: Set<object>): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  const name = declarationName(value);
  if (name !== undefined && !isOwned) return `-> ${name}`;
  if (above.has(value)) return "-> (above)";
  above.add(value);
  const result = plainObject(value, above);
  above.delete(value);
  return result;
}

function plainObject(value: object, above: Set<object>): unknown {
  if (Array.isArray(value)) return value.map((item) => plain(item, true, above));
  if (value instanceof Set) return [...value].map((item) => plain(item, false, above));
  if (value instanceof Map) {
    return Object.fromEntries(
      [...value].map(([key, item]) => [String(key), plain(item, false, above)]),
    );
  }
  const isOneof = "kind" in value && value.kind === "oneof";
  const shown = Object.entries(value).filter(([key, item]) => !isTree(key, item));
  return Object.fromEntries(
    shown.map(([key, item]) => {
      const isOwning = owningKeys.has(key) && !(isOneof && key === "fields");
      return [key, Array.isArray(item) ? list(item, isOwning, above) : plain(item, false, above)];
    }),
  );
}

/** What was linked keeps the tree it came from; `parse` shows that. */
function isTree(key: string, value: unknown): boolean {
  return (key === "syntax" || key === "tree") && typeof value === "object";
}

function list(items: readonly unknown[], isOwning: boolean, above: Set<object>): unknown {
  return items.map((item) => plain(item, isOwning, above));
}

function declarationName(value: object): string | undefined {
  if ("fullName" in value && typeof value.fullName === "string") return value.fullName;
  if ("kind" in value && value.kind === "file" && "path" in value) return String(value.path);
  return undefined;
}
