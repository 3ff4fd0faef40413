/** Settings as they may be shown: passwords in addresses and keys in place of file names are left out. */
import { limits } from "@nexus-bridge/protocol";
import { stringify } from "yaml";
import type { Settings } from "./settings.ts";

const REDACTED = "[redacted]";

/** `text` without what may be secret in it. */
export function redactText(text: string): string {
  return text
    .replace(/-----BEGIN [^-]*-----[\s\S]*?(-----END [^-]*-----|$)/g, REDACTED)
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@"]+@/gi, `$1${REDACTED}@`);
}

/** A copy of `value` with every text redacted. */
export function redact(value: unknown): unknown {
  if (typeof value === "string") return redactText(value);
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redact(item)]));
}

/** The settings as YAML, with every limit, as `--print-config` shows them. */
export function printSettings(settings: Settings): string {
  return stringify(redact({ ...settings, limits: { ...limits, ...settings.limits } }));
}
