/**
 * Reads the members of an object in a line, each by what it must be. Numbers of 64 bits are decimal strings there, bytes are
 * base64; a name that nobody asked for is refused with those that there are.
 */
import { LineFault } from "./line-fault.ts";

export type JsonRecord = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const UINT32_MAX = 0xffffffff;
const UINT64_MAX = 0xffff_ffff_ffff_ffffn;

export class Fields {
  readonly #record: JsonRecord;
  readonly #path: string;

  /** `names` are all that may stand in `value`; `path` is where it stands itself, empty for the line. */
  constructor(value: unknown, path: string, names: readonly string[]) {
    this.#path = path;
    if (!isRecord(value)) throw new LineFault({ key: path }, "must be an object: {...}");
    this.#record = value;
    const unknown = Object.keys(value).find((name) => !names.includes(name));
    if (unknown !== undefined)
      throw new LineFault(
        { key: this.#key(unknown) },
        `is no key here; there are ${names.join(", ")}`,
      );
  }

  get(name: string): unknown {
    return Object.hasOwn(this.#record, name) ? this.#record[name] : undefined;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  fail(name: string, message: string): never {
    throw new LineFault({ key: this.#key(name) }, message);
  }

  text(name: string): string | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === "string") return value;
    return this.fail(name, 'must be text: "..."');
  }

  uint32(name: string, max: number = UINT32_MAX): number | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    const number = typeof value === "string" && /^\d{1,10}$/.test(value) ? Number(value) : value;
    if (typeof number === "number" && Number.isInteger(number) && number >= 0 && number <= max)
      return number;
    return this.fail(name, `must be a whole number from 0 to ${max}`);
  }

  uint64(name: string): bigint | undefined {
    const value = this.get(name);
    if (value === undefined) return undefined;
    if (typeof value === "string" && /^\d{1,20}$/.test(value) && BigInt(value) <= UINT64_MAX)
      return BigInt(value);
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0)
      return BigInt(value);
    return this.fail(name, 'must be a whole number from 0, in quotes: "42"');
  }

  /** A u64 that this router keeps as a number. */
  count(name: string): number | undefined {
    const value = this.uint64(name);
    if (value === undefined) return undefined;
    return value > BigInt(Number.MAX_SAFE_INTEGER)
      ? this.fail(name, "must be at most 9007199254740991")
      : Number(value);
  }

  bytes(name: string, size?: number): Uint8Array | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const bytes = fromBase64(value);
    if (bytes === undefined) return this.fail(name, "must be base64");
    if (size !== undefined && bytes.length !== size)
      return this.fail(name, `must be ${size} bytes as base64, not ${bytes.length}`);
    return bytes;
  }

  list(name: string): readonly unknown[] | undefined {
    const value = this.get(name);
    if (value === undefined || Array.isArray(value)) return value as readonly unknown[] | undefined;
    return this.fail(name, "must be a list: [...]");
  }

  /** An object inside, with the names that may stand in it. */
  inside(name: string, names: readonly string[]): Fields | undefined {
    return this.has(name) ? new Fields(this.get(name), this.#key(name), names) : undefined;
  }

  #key(name: string): string {
    if (name === "" || this.#path === "") return this.#path + name;
    return `${this.#path}.${name}`;
  }
}

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
}

/** Undefined where the text is not base64, in either alphabet, with or without padding. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text)) return undefined;
  return Uint8Array.from(Buffer.from(text, "base64"));
}
