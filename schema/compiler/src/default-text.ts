/** A field's default as descriptor.proto spells it, and numbers as C prints them with `%g`. */
import type { LinkedField } from "./linked.ts";

export function defaultText({ defaultValue, type }: LinkedField): string | undefined {
  if (defaultValue === undefined) return undefined;
  if (defaultValue instanceof Uint8Array) return escapedBytes(defaultValue);
  if (type?.kind === "enum") {
    return type.enum.values.find((value) => value.number === defaultValue)?.name;
  }
  if (typeof defaultValue !== "number" || type?.kind !== "scalar") return `${defaultValue}`;
  if (type.scalar === "double") return shortest(defaultValue, [15, 17], Number);
  if (type.scalar !== "float") return `${defaultValue}`;
  return shortest(defaultValue, [6, 7, 8, 9], (text) => Math.fround(Number(text)));
}

/** With the first of the precisions that reads back as the same number. */
function shortest(
  value: number,
  precisions: readonly number[],
  read: (text: string) => number,
): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  let text = "";
  for (const precision of precisions) {
    text = general(value, precision);
    if (read(text) === value) break;
  }
  return text;
}

/** C's `%.<precision>g`. */
function general(value: number, precision: number): string {
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [digits = "", power = "0"] = value.toExponential(precision - 1).split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < precision) {
    return trimmed(value.toFixed(Math.max(0, precision - 1 - exponent)));
  }
  const size = `${Math.abs(exponent)}`.padStart(2, "0");
  return `${trimmed(digits)}e${exponent < 0 ? "-" : "+"}${size}`;
}

function trimmed(digits: string): string {
  return digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
}

const escapes: ReadonlyMap<number, string> = new Map([
  [9, "\\t"],
  [10, "\\n"],
  [13, "\\r"],
  [34, '\\"'],
  [39, "\\'"],
  [92, "\\\\"],
]);

function escapedBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => {
    const sequence = escapes.get(byte);
    if (sequence !== undefined) return sequence;
    const isPrintable = byte >= 0x20 && byte < 0x7f;
    return isPrintable ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`;
  }).join("");
}
