/** What a generated `validate` reports, and the counting its rules need. It throws nothing; the SDK decides what to refuse. */

export interface Violation {
  /** The field's path in the schema's words, for example `lines[2].unit_price`. */
  readonly field: string;
  readonly rule: "required" | "min" | "max" | "min_length" | "max_length" | "pattern";
  readonly text: string;
}

/** How many code points a string has. */
export function codePoints(text: string): number {
  let count = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= 0xd800 && code < 0xdc00 && isLowSurrogate(text.charCodeAt(index + 1))) index += 1;
    count += 1;
  }
  return count;
}

/** Appends the violations of a part, with the part's path before theirs. */
export function addViolations(
  into: Violation[],
  path: string,
  violations: readonly Violation[],
): void {
  for (const violation of violations) {
    into.push({ ...violation, field: `${path}.${violation.field}` });
  }
}

function isLowSurrogate(code: number): boolean {
  return code >= 0xdc00 && code < 0xe000;
}
