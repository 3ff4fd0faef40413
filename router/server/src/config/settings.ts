/**
 * What a router can be told: the keys of router.yaml, their values and defaults. The only check of them; where a value came
 * from is no business of this room.
 */
import { type LimitName, limitRanges, limits, patternProblem } from "@nexus-bridge/protocol";
import { z } from "zod";
import { adminAddress, LISTEN_DEFAULT, listenUrl } from "../addresses.ts";

const ADDRESSES_MAX = 16;
const NAMES_MAX = 256;

export const logLevels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof logLevels)[number];
export const logFormats = ["text", "json"] as const;
export type LogFormat = (typeof logFormats)[number];

/** Names of PEM files; what is in them is checked when they are read. */
export interface TlsSettings {
  readonly cert: string;
  readonly key: string;
  readonly allowPlaintext?: boolean;
}

export interface Settings {
  readonly listen: readonly string[];
  /** Absent: no admin listener. */
  readonly admin?: string;
  /** Absent: no TLS. */
  readonly tls?: TlsSettings;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly log: { readonly level: LogLevel; readonly format: LogFormat };
  readonly trace: { readonly sample: number };
  /** Files or folders with .proto files that the registry knows from the start. */
  readonly schemas: readonly string[];
  readonly registry: {
    /** Where what is pushed is kept; absent: a restart forgets it. */
    readonly path?: string;
    /** False: nobody pushes over a link. */
    readonly push: boolean;
  };
  /** Whether people may write JSON lines to the ports; never beside TLS. */
  readonly jsonLines: boolean;
  /** Patterns of topics whose messages are kept from the first on. */
  readonly rings: readonly string[];
  /** Those that differ from the defaults. */
  readonly limits: Readonly<Partial<Record<LimitName, number>>>;
}

export const settingsDefault: Settings = {
  listen: [LISTEN_DEFAULT],
  allowedHosts: [],
  allowedOrigins: [],
  log: { level: "info", format: "text" },
  trace: { sample: 1 },
  schemas: [],
  registry: { push: true },
  jsonLines: true,
  rings: [],
  limits: {},
};

/** Turns off what an earlier source turned on. */
export const OFF = "off";

const listenText = z.string().superRefine(checkedBy(listenUrl));
const adminText = z.string().superRefine((text, context) => {
  if (text !== OFF) checkedBy(adminAddress)(text, context);
});
const origin = z.string().superRefine((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.origin === text) return;
  context.addIssue({
    code: "custom",
    message: `"${text}" is no origin; write scheme, host and port, as in http://localhost:5173`,
  });
});
const hostName = z.string().superRefine((text, context) => {
  if (/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(text)) return;
  context.addIssue({
    code: "custom",
    message: `"${text}" is no host name; write it in small letters, without port`,
  });
});

const pattern = z.string().superRefine((text, context) => {
  const message = patternProblem(text);
  if (message !== undefined) context.addIssue({ code: "custom", message });
});

const limitNames = Object.keys(limits) as readonly LimitName[];
const limitShape = Object.fromEntries(
  limitNames.map((name) => {
    const { minimum, maximum } = limitRanges[name];
    const value = minimum === maximum ? z.literal(minimum) : z.int().min(minimum).max(maximum);
    return [name, value.optional()];
  }),
);

/** One source's part of the settings: every key may be missing, none may be unknown. */
const layer = z.strictObject({
  listen: z.array(listenText).min(1).max(ADDRESSES_MAX).optional(),
  admin: adminText.optional(),
  tls: z
    .strictObject({
      cert: z.string().min(1).optional(),
      key: z.string().min(1).optional(),
      allowPlaintext: z.boolean().optional(),
    })
    .optional(),
  allowedHosts: z.array(hostName).max(NAMES_MAX).optional(),
  allowedOrigins: z.array(origin).max(NAMES_MAX).optional(),
  log: z
    .strictObject({ level: z.enum(logLevels).optional(), format: z.enum(logFormats).optional() })
    .optional(),
  trace: z.strictObject({ sample: z.number().min(0).max(1).optional() }).optional(),
  schemas: z.array(z.string().min(1)).max(NAMES_MAX).optional(),
  registry: z
    .strictObject({ path: z.string().min(1).optional(), push: z.boolean().optional() })
    .optional(),
  jsonLines: z.boolean().optional(),
  rings: z.array(pattern).max(NAMES_MAX).optional(),
  limits: z.strictObject(limitShape).optional(),
});
export type SettingsLayer = z.infer<typeof layer>;

export type Path = readonly (string | number)[];

export interface SettingsIssue {
  /** The key it is about; for an unknown key that key. */
  readonly path: Path;
  readonly message: string;
}

export type LayerResult =
  | { readonly kind: "layer"; readonly layer: SettingsLayer }
  | { readonly kind: "issues"; readonly issues: readonly SettingsIssue[] };

export function parseLayer(value: unknown): LayerResult {
  const result = layer.safeParse(value);
  if (result.success) return { kind: "layer", layer: result.data };
  return { kind: "issues", issues: result.error.issues.flatMap(issuesOf) };
}

/** `under` with what `over` says in its place; lists are replaced, not joined. */
export function mergeSettings(under: Settings, over: SettingsLayer): Settings {
  const { admin = under.admin } = over;
  const { level = under.log.level, format = under.log.format } = over.log ?? {};
  const { path = under.registry.path, push = under.registry.push } = over.registry ?? {};
  const tls = { ...under.tls, ...over.tls } as TlsSettings;
  return {
    listen: over.listen ?? under.listen,
    ...(Object.keys(tls).length > 0 && { tls }),
    ...(admin === undefined || admin === OFF ? {} : { admin }),
    allowedHosts: over.allowedHosts ?? under.allowedHosts,
    allowedOrigins: over.allowedOrigins ?? under.allowedOrigins,
    log: { level, format },
    trace: { sample: over.trace?.sample ?? under.trace.sample },
    schemas: over.schemas ?? under.schemas,
    registry: { ...(path !== undefined && { path }), push },
    jsonLines: over.jsonLines ?? under.jsonLines,
    rings: over.rings ?? under.rings,
    limits: { ...under.limits, ...definedOf(over.limits ?? {}) },
  };
}

const definedOf = (values: Readonly<Record<string, number | undefined>>) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

/** What is wrong although every key is right by itself; `settings` may hold half of what TLS needs. */
export function settingsProblems({ tls, listen }: Settings): readonly string[] {
  if (tls === undefined) {
    const lacking = listen.filter((address) => address.startsWith("tls:"));
    return lacking.map((address) => `listen: ${address} needs tls.cert and tls.key`);
  }
  const { cert, key } = tls as Partial<TlsSettings>;
  return [
    ...(cert === undefined ? ["tls.cert: is missing; name the PEM file of the certificate"] : []),
    ...(key === undefined ? ["tls.key: is missing; name the PEM file of the private key"] : []),
  ];
}

/** Every key of the settings as a dotted name, for suggestions. */
export const settingNames: readonly string[] = [
  ...["listen", "admin", "allowedHosts", "allowedOrigins", "log", "log.level", "log.format"],
  ...["tls", "tls.cert", "tls.key", "tls.allowPlaintext", "trace", "trace.sample", "limits"],
  ...["schemas", "registry", "registry.path", "registry.push", "rings", "jsonLines"],
  ...limitNames.map((name) => `limits.${name}`),
];

function issuesOf(issue: z.core.$ZodIssue): readonly SettingsIssue[] {
  const path = issue.path.map((step) => (typeof step === "number" ? step : String(step)));
  if (issue.code !== "unrecognized_keys") return [{ path, message: sentence(issue) }];
  return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey([...path, key]) }));
}

function sentence(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${kinds[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return typeof issue.values[0] === "number"
        ? `is fixed by the protocol: ${issue.values[0]}`
        : `must be ${issue.values.map(String).join(" or ")}`;
    case "too_small":
      return issue.origin !== "number" && issue.origin !== "int"
        ? "must not be empty"
        : `must be ${issue.minimum} or more`;
    case "too_big":
      return `must be ${issue.maximum} or less${issue.origin === "array" ? " entries" : ""}`;
    default:
      return issue.message;
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  array: "a list",
  object: "keys and values",
  boolean: "true or false",
};

function unknownKey(path: Path): string {
  const name = path.join(".");
  const near = settingNames.find((known) => isNear(known, name));
  return `there is no such key${near === undefined ? "" : `; did you mean ${near}?`}`;
}

/** Equal but for case and separators, or for one letter. */
function isNear(known: string, name: string): boolean {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9.]/g, "");
  const [left, right] = [plain(known), plain(name)];
  if (left === right) return true;
  if (Math.abs(left.length - right.length) > 1) return false;
  let start = 0;
  while (start < left.length && left[start] === right[start]) start++;
  let end = 0;
  while (
    end < Math.min(left.length, right.length) - start &&
    left.at(-1 - end) === right.at(-1 - end)
  )
    end++;
  return Math.max(left.length, right.length) - start - end <= 1;
}

function checkedBy(check: (text: string) => unknown) {
  return (text: string, context: z.core.$RefinementCtx<string>): void => {
    try {
      check(text);
    } catch (error) {
      context.addIssue({
        code: "custom",
        message: error instanceof Error ? error.message : String(error),
      });
    }
  };
}
