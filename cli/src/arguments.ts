/** Parsers of option values. Each throws what commander prints beside the option's name. */
import { InvalidArgumentError } from "commander";

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `500ms`, `2s`, `1m`, `1h`; a number alone is milliseconds. */
export function parseDurationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  const ms = Number(match?.[1]) * (unitsMs[match?.[2] ?? "ms"] ?? Number.NaN);
  if (!Number.isFinite(ms) || ms <= 0) {
    throw new InvalidArgumentError("write a time such as 500ms, 2s or 1m.");
  }
  return Math.ceil(ms);
}

/** A quality of service that this version has. */
export function parseQos(text: string): 0 | 1 {
  if (text !== "0" && text !== "1") {
    throw new InvalidArgumentError("write 0 (at most once) or 1 (at least once).");
  }
  return text === "0" ? 0 : 1;
}

/** Where a subscription begins, of one topic where it is a position. */
export type Start =
  | "latest"
  | "earliest"
  | { readonly ageMs: number }
  | { readonly epoch: number; readonly sequence: number };

/** `latest`, `earliest`, an age such as `10m`, or a position, `<epoch>:<sequence>`. */
export function parseStart(text: string): Start {
  if (text === "latest" || text === "earliest") return text;
  const position = /^(\d{1,10}):(\d{1,16})$/.exec(text);
  if (position !== null) return { epoch: Number(position[1]), sequence: Number(position[2]) };
  if (/^\d+(\.\d+)?(ms|s|m|h)$/.test(text)) return { ageMs: parseDurationMs(text) };
  throw new InvalidArgumentError(
    "write latest, earliest, an age such as 10m, or a position such as 17:4, which --json shows.",
  );
}

export function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new InvalidArgumentError("write a whole number from 1.");
  }
  return count;
}

/** `a,b` and repeated use, in order, each once. */
export function parseList(text: string, before: readonly string[] = []): readonly string[] {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.length === 0) throw new InvalidArgumentError("name at least one, for example a,b.");
  return [...new Set([...before, ...names])];
}

export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** `key=value`, repeatable. */
export function parsePair(
  text: string,
  before: readonly (readonly [string, string])[] = [],
): readonly (readonly [string, string])[] {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("write key=value.");
  return [...before, [text.slice(0, at), text.slice(at + 1)]];
}

/** A web origin as browsers spell it, such as `http://localhost:5173`; repeatable. */
export function parseOrigin(text: string, before: readonly string[] = []): readonly string[] {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isOrigin =
    (url?.protocol === "http:" || url?.protocol === "https:") &&
    `${url.pathname}${url.search}${url.hash}` === "/";
  if (url === undefined || !isOrigin) {
    throw new InvalidArgumentError("write scheme, host and port, as in http://localhost:5173.");
  }
  return [...before, url.origin];
}
