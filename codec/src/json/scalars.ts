/**
 * Scalars in proto-JSON: 64-bit integers are strings, bytes are base64, NaN and the infinities have names. Reading takes
 * what the specification lets in and nothing else.
 */
import { CodecError } from "../codec-error.ts";
import { fromBase64, toBase64 } from "./base64.ts";
import { type JsonReadOptions, type JsonValue, refuseJson } from "./json-value.ts";
import { ExactInteger } from "./text.ts";

const decimal = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const floatMax = 3.4028234663852886e38;
/** Half a step above the largest float: what is beyond rounds to infinity. */
const floatLimit = 3.4028235677973366e38;

export function int32FromJson(
  json: JsonValue,
  _options: JsonReadOptions | undefined,
  path: string,
): number {
  return integer(json, path, -0x8000_0000, 0x7fff_ffff);
}

export function uint32FromJson(
  json: JsonValue,
  _options: JsonReadOptions | undefined,
  path: string,
): number {
  return integer(json, path, 0, 0xffff_ffff);
}

export function int64FromJson(
  json: JsonValue,
  _options: JsonReadOptions | undefined,
  path: string,
): bigint {
  const value = bigInteger(json, path);
  return BigInt.asIntN(64, value) === value
    ? value
    : refuseJson(path, "an integer of 64 bits", json);
}

export function uint64FromJson(
  json: JsonValue,
  _options: JsonReadOptions | undefined,
  path: string,
): bigint {
  const value = bigInteger(json, path);
  return BigInt.asUintN(64, value) === value
    ? value
    : refuseJson(path, "an unsigned integer of 64 bits", json);
}

export function doubleFromJson(
  json: JsonValue,
  _options: JsonReadOptions | undefined,
  path: string,
): number {
  const value = real(json, path);
  if (!Number.isFinite(value) && !isNamed(json))
    refuseJson(path, "a number of double's range", json);
  return value;
}

export function floatFromJson(
  json: JsonValue,
  _options: JsonReadOptions | undefined,
  path: string,
): number {
  const value = real(json, path);
  if (isNamed(json)) return value;
  if (Math.abs(value) >= floatLimit) refuseJson(path, "a number of float's range", json);
  return Math.abs(value) > floatMax ? Math.sign(value) * floatMax : Math.fround(value);
}

export function boolFromJson(
  json: JsonValue,
  _options: JsonReadOptions | undefined,
  path: string,
): boolean {
  return typeof json === "boolean" ? json : refuseJson(path, "true or false", json);
}

/** The keys of an object are strings, also those of a `map<bool, ...>`. */
export function boolKeyFromJson(
  json: JsonValue,
  _options: JsonReadOptions | undefined,
  path: string,
): boolean {
  return json === "true" || (json !== "false" && refuseJson(path, '"true" or "false"', json));
}

export function stringFromJson(
  json: JsonValue,
  _options: JsonReadOptions | undefined,
  path: string,
): string {
  if (typeof json !== "string") refuseJson(path, "a string", json);
  return json.isWellFormed() ? json : refuseJson(path, "a string without half surrogate pairs");
}

export function bytesFromJson(
  json: JsonValue,
  _options: JsonReadOptions | undefined,
  path: string,
): Uint8Array {
  const bytes = typeof json === "string" ? fromBase64(json) : undefined;
  return bytes ?? refuseJson(path, "base64", json);
}

export function bytesToJson(bytes: Uint8Array): string {
  return toBase64(bytes);
}

/** Also of `[jstype]`'s numbers and texts. */
export function int64ToJson(value: bigint | number | string): string {
  return String(value);
}

export function doubleToJson(value: number): number | string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0" : value;
  return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
}

/** The shortest number that is the same float. */
export function floatToJson(value: number): number | string {
  const float = Math.fround(value);
  if (!Number.isFinite(float) || Number.isInteger(float)) return doubleToJson(float);
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(float.toPrecision(digits));
    if (Math.fround(short) === float) return short;
  }
  return Number(float.toPrecision(9));
}

function integer(json: JsonValue, path: string, min: number, max: number): number {
  const value = typeof json === "string" && decimal.test(json) ? Number(json) : json;
  if (typeof value !== "number" || !Number.isInteger(value) || value < min || value > max) {
    return refuseJson(path, `an integer from ${min} to ${max}`, json);
  }
  return value + 0;
}

function bigInteger(json: JsonValue, path: string): bigint {
  const text = exact(json);
  if (text !== undefined) {
    if (/^-?(?:0|[1-9]\d{0,19})$/.test(text)) return BigInt(text);
    if (!decimal.test(text)) return refuseJson(path, "an integer of 64 bits", json);
  }
  const value = text === undefined ? json : Number(text);
  if (typeof value !== "number" || !Number.isInteger(value) || Math.abs(value) > 2 ** 64) {
    return refuseJson(path, "an integer of 64 bits", json);
  }
  return BigInt(value);
}

function exact(json: unknown): string | undefined {
  return json instanceof ExactInteger ? json.source : typeof json === "string" ? json : undefined;
}

function real(json: JsonValue, path: string): number {
  if (typeof json === "number") return json;
  const text = exact(json);
  if (text === "NaN") return Number.NaN;
  if (text === "Infinity") return Number.POSITIVE_INFINITY;
  if (text === "-Infinity") return Number.NEGATIVE_INFINITY;
  return text !== undefined && decimal.test(text)
    ? Number(text)
    : refuseJson(path, "a number", json);
}

function isNamed(json: JsonValue): boolean {
  return json === "NaN" || json === "Infinity" || json === "-Infinity";
}

/** For `[jstype = JS_NUMBER]`: refuses what a double cannot hold exactly. */
export function safeNumber(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw new CodecError(`${value} is no safe integer; the schema's jstype should not be JS_NUMBER`);
}

export function int64NumberFromJson(
  json: JsonValue,
  options: JsonReadOptions | undefined,
  path: string,
): number {
  return safeNumber(int64FromJson(json, options, path));
}

export function uint64NumberFromJson(
  json: JsonValue,
  options: JsonReadOptions | undefined,
  path: string,
): number {
  return safeNumber(uint64FromJson(json, options, path));
}

export function int64StringFromJson(
  json: JsonValue,
  options: JsonReadOptions | undefined,
  path: string,
): string {
  return String(int64FromJson(json, options, path));
}

export function uint64StringFromJson(
  json: JsonValue,
  options: JsonReadOptions | undefined,
  path: string,
): string {
  return String(uint64FromJson(json, options, path));
}
