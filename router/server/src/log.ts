/**
 * Log lines: one an event, as text or JSON, with the ids of link and stream. What peers sent is cut and escaped; payloads are
 * never logged.
 */
import { codeName } from "@nexus-bridge/protocol";
import type { CallSeen, MessageSeen, Observer, RouterEvent } from "@nexus-bridge/router-core";
import { type LogFormat, type LogLevel, logLevels } from "./config/settings.ts";

/** Characters of one field; the router's own faults come with a stack. */
const FIELD_CHARACTERS_MAX = 256;
const FAULT_CHARACTERS_MAX = 4096;

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  /** Takes one line, without its end. */
  readonly write: (line: string) => void;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  level: LogLevel;
  format: LogFormat;
  write(level: LogLevel, kind: string, fields?: LogFields): void;
}

export function createLog({ level, format, write, now = Date.now }: LogOptions): Log {
  const log: Log = {
    level,
    format,
    write: (lineLevel, kind, fields = {}) => {
      if (logLevels.indexOf(lineLevel) < logLevels.indexOf(log.level)) return;
      const time = new Date(now()).toISOString();
      const cut = cutFields(
        fields,
        kind === "failed" ? FAULT_CHARACTERS_MAX : FIELD_CHARACTERS_MAX,
      );
      if (log.format === "json") write(JSON.stringify({ time, level: lineLevel, kind, ...cut }));
      else write([time, lineLevel, kind, ...words(cut)].join(" "));
    },
  };
  return log;
}

/** Writes the router's events into `log`. */
export function logEvent(log: Log, event: RouterEvent): void {
  const { kind, ...fields } = event;
  const isGrave = kind === "schemaDiffers" && event.verdict !== "unknown";
  log.write(isGrave ? "warn" : (levels[kind] ?? "info"), kind, fields);
}

const levels: Readonly<Partial<Record<RouterEvent["kind"], LogLevel>>> = {
  failed: "error",
  refused: "warn",
  dropped: "warn",
  slow: "warn",
};

/** Writes every call and message into `log`; to be attached at level `debug` only. */
export function createTrafficLog(log: Log): Observer {
  return {
    callEnded: ({ traceId, code, durationMs, ...call }: CallSeen) =>
      log.write("debug", "call", {
        ...call,
        outcome: codeName(code),
        durationMs: Math.round(durationMs * 1000) / 1000,
        ...traceField(traceId),
      }),
    published: ({ traceId, epoch, sequence, ...message }: MessageSeen) =>
      log.write("debug", "message", {
        ...message,
        ...(sequence > 0 && { epoch, sequence }),
        ...traceField(traceId),
      }),
  };
}

const traceField = (id: Uint8Array | undefined) =>
  id === undefined ? {} : { traceId: Buffer.from(id).toString("hex") };

function cutFields(fields: LogFields, charactersMax: number): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const isLong = typeof value === "string" && value.length > charactersMax;
      return [name, isLong ? `${value.slice(0, charactersMax)}...` : value];
    }),
  );
}

const words = (fields: LogFields): string[] =>
  Object.entries(fields).map(([name, value]) => `${name}=${wordOf(value)}`);

/** Plain where it can be, else as JSON; nothing that a terminal would act on. */
function wordOf(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  const word = /^[^\s"=\p{C}]+$/u.test(text) ? text : JSON.stringify(text);
  return word.replace(/\p{C}/gu, (found) => {
    const units = Array.from({ length: found.length }, (_, at) => found.charCodeAt(at));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  });
}
