/**
 * How a name of the schema is spelt in Python: case rules, reserved words, and what to do when two names meet. An
 * element's name depends on itself alone; only on a clash does the later one get a number.
 */

const keywords = [
  "False None True and as assert async await break class continue def del elif else except",
  "finally for from global if import in is lambda nonlocal not or pass raise return try while",
  "with yield",
].flatMap((line) => line.split(" "));

/** Words that mean something in a message class or in a function's parameters. */
const memberWords = new Set([...keywords, "self", "unknown_fields"]);
const methodWords = new Set([...keywords, "self", "fake"]);
const typeWords = new Set(keywords);
/** Names that an IntEnum gives a meaning of its own. */
const enumValueWords = new Set([
  ...keywords,
  "as_integer_ratio",
  "bit_count",
  "bit_length",
  "conjugate",
  "denominator",
  "from_bytes",
  "imag",
  "is_integer",
  "mro",
  "name",
  "numerator",
  "real",
  "to_bytes",
  "value",
]);

/** `getOrder`, `GetOrder`, `HTTPServer` become `get_order`, `get_order`, `http_server`. */
export function snakeCase(name: string): string {
  return name
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase();
}

/** `gift_card` becomes `GiftCard`. */
export function pascalCase(name: string): string {
  return name
    .split("_")
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("");
}

/** Leading underscores are Python's word for private, and twice they change the name: an `f` goes before them. */
function visible(name: string, prefix: string): string {
  return name.startsWith("_") ? `${prefix}${name}` : name;
}

function escapeReserved(name: string, reserved: ReadonlySet<string>): string {
  return reserved.has(name) ? `${name}_` : name;
}

export function fieldName(name: string): string {
  return escapeReserved(snakeCase(visible(name, "f")), memberWords);
}

export function methodName(name: string): string {
  return escapeReserved(snakeCase(visible(name, "f")), methodWords);
}

export function typeName(name: string): string {
  return escapeReserved(visible(name, "T"), typeWords);
}

export function moduleName(name: string): string {
  const word = name.replace(/[^A-Za-z0-9_]/g, "_");
  const safe = /^[0-9]/.test(word) ? `m_${word}` : visible(word, "m");
  return escapeReserved(safe, typeWords);
}

/** The prefix `STATUS_` of enum `Status` is taken off value by value, where a letter follows. */
export function enumValueName(value: string, enumName: string): string {
  const prefix = `${snakeCase(enumName).toUpperCase()}_`;
  const rest = value.startsWith(prefix) ? value.slice(prefix.length) : "";
  const name = /^[A-Za-z]/.test(rest) ? rest : visible(value, "V");
  return escapeReserved(name, enumValueWords);
}

/** The names taken in one namespace. */
export class Scope {
  readonly #taken = new Set<string>();

  has(name: string): boolean {
    return this.#taken.has(name);
  }

  /** Takes `name`, or on a clash `name_<number>`. */
  take(name: string, number: number): string {
    let free = name;
    for (let suffix = number; this.#taken.has(free); suffix += 1) free = `${name}_${suffix}`;
    this.#taken.add(free);
    return free;
  }
}
