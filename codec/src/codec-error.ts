/** The one error of this package: bytes, JSON or values that do not fit the schema. It says where, never what bytes. */
export class CodecError extends Error {
  override readonly name: string = "CodecError";
}

/** Refuses a value on its way out; `tag` names the field. */
export function refuseValue(tag: number, expected: string, value: unknown): never {
  const shown = typeof value === "bigint" || typeof value === "number" ? ` ${value}` : "";
  throw new CodecError(
    `field ${tag >>> 3}: expected ${expected}, found ${value === null ? "null" : typeof value}${shown}`,
  );
}
