/**
 * Codes as they travel: a reason packed above a code in frames 13, 21, 23, 31, 33 and PUBACK, and their names for people.
 */
import {
  Code,
  type CodeName,
  codes,
  LinkCode,
  type LinkCodeName,
  linkCodes,
  type Reason,
  type ReasonName,
  reasons,
} from "./gen/errors.ts";

/** Code in the low byte, reason in the high one; 0 is no reason. */
export function packCode(code: Code, reason: Reason | 0 = 0): number {
  return code | (reason << 8);
}

export const codeOf = (packed: number): number => packed & 0xff;
export const reasonOf = (packed: number): number => (packed >>> 8) & 0xff;

const codeNames = new Map<number, string>(codes.map((row) => [row.number, row.name]));
const reasonNames = new Map<number, string>(reasons.map((row) => [row.number, row.name]));
const linkCodeNames = new Map<number, string>(linkCodes.map((row) => [row.number, row.name]));

/** The code's name; a number outside the table reads as UNKNOWN, as gRPC has it. */
export function codeName(code: number): CodeName {
  return (codeNames.get(code) ?? "UNKNOWN") as CodeName;
}

export function reasonName(reason: number): ReasonName | undefined {
  return reasonNames.get(reason) as ReasonName | undefined;
}

export function linkCodeName(code: number): LinkCodeName | undefined {
  return linkCodeNames.get(code) as LinkCodeName | undefined;
}

const retryable = new Set<number>(codes.filter((row) => row.retryable).map((row) => row.number));

/** Whether the same request may succeed later. */
export function isRetryable(code: number): boolean {
  return retryable.has(code);
}

/** Whether a STATUS code is one of gRPC's. */
export function isCode(code: number): code is Code {
  return codeNames.has(code) && code >= Code.OK;
}

export function isLinkCode(code: number): code is LinkCode {
  return code >= LinkCode.NO_ERROR && linkCodeNames.has(code);
}
