/**
 * Where text goes: results to stdout, everything about the work to stderr. Much of it comes from peers: a terminal shows it and
 * does nothing that it says. Knows no command.
 */

export function print(text: string): void {
  process.stdout.write(`${harmless(text)}\n`);
}

/** One JSON value a line; 64-bit numbers as decimal text, as proto-JSON has them. */
export function printJson(value: unknown, indent = 0): void {
  print(JSON.stringify(value, jsonValue, indent));
}

export function note(text: string): void {
  process.stderr.write(`${harmless(text)}\n`);
}

/** With control characters written out, but for line ends and tabs. In JSON that is the same text. */
export function harmless(text: string): string {
  return text.replace(
    /[^\P{Cc}\n\t]/gu,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function jsonValue(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
