/** Where text goes: results to stdout, everything about the work to stderr. Knows no command. */

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One JSON value a line; 64-bit numbers as decimal text, as proto-JSON has them. */
export function printJson(value: unknown, indent = 0): void {
  print(JSON.stringify(value, jsonValue, indent));
}

export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

function jsonValue(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
