/**
 * The life of a router process: settings, start, a reload at SIGHUP, drain at SIGTERM and SIGINT. It says everything through the
 * two functions it is given and ends no process but at the second signal.
 */
import { limits } from "@nexus-bridge/protocol";
import {
  type LoadedSettings,
  loadSettings,
  SettingsError,
  type SettingsSources,
} from "./config/load.ts";
import { printSettings, redact } from "./config/redact.ts";
import type { Settings } from "./config/settings.ts";
import { createLog, createTrafficLog, type Log, logEvent } from "./log.ts";
import { type RunningRouter, startRouter } from "./start.ts";

export interface ServeOptions extends SettingsSources {
  /** Results, a line each. */
  readonly print: (line: string) => void;
  /** The log, a line each. */
  readonly note: (line: string) => void;
  /** Told to clients. */
  readonly version?: string;
}

/** What a running router cannot change. */
const fixedKeys = [
  "listen",
  "admin",
  "tls",
  "schemas",
  "registry",
  "jsonLines",
] as const satisfies readonly (keyof Settings)[];

/** The effective settings as YAML, what may be secret left out. */
export function printedSettings(sources: SettingsSources): string {
  return printSettings(loadSettings(sources).settings);
}

/**
 * Runs a router until it has drained.
 *
 * @throws SettingsError with every problem of the settings; Error when an address or a certificate cannot be used.
 */
export async function serve(options: ServeOptions): Promise<void> {
  const loaded = loadSettings(options);
  const { settings } = loaded;
  const log = createLog({ ...settings.log, write: options.note });
  logSettings(log, "configured", loaded);
  const router = await startRouter({
    listen: settings.listen,
    ...(settings.admin !== undefined && { admin: settings.admin }),
    ...(settings.tls && { tls: settings.tls }),
    allowedHosts: settings.allowedHosts,
    allowedOrigins: settings.allowedOrigins,
    traceSample: settings.trace.sample,
    limits: settings.limits,
    rings: settings.rings,
    schemas: settings.schemas,
    jsonLines: settings.jsonLines,
    ...(settings.registry.path !== undefined && { registryPath: settings.registry.path }),
    allowPush: settings.registry.push,
    onPush: (push) => log.write("info", "schemaPushed", { ...push }),
    ...(options.version !== undefined && { version: options.version }),
    onEvent: (event) => logEvent(log, event),
  });
  const life = new Life(options, { router, log, settings });
  life.watchTraffic();
  // Who reads the addresses may send a signal at once.
  const drained = life.untilDrained();
  for (const address of router.addresses) options.print(`listening ${address}`);
  if (router.admin !== undefined) options.print(`admin ${router.admin}`);
  await drained;
}

interface LifeParts {
  readonly router: RunningRouter;
  readonly log: Log;
  readonly settings: Settings;
}

/** A running router with the settings that hold. */
class Life {
  readonly #options: ServeOptions;
  readonly #router: RunningRouter;
  readonly #log: Log;
  #settings: Settings;
  #unwatch: (() => void) | undefined;

  constructor(options: ServeOptions, { router, log, settings }: LifeParts) {
    this.#options = options;
    this.#router = router;
    this.#log = log;
    this.#settings = settings;
  }

  /** The first signal drains; a second one ends the process at once. */
  async untilDrained(): Promise<void> {
    const onReload = () => void this.#reload();
    process.on("SIGHUP", onReload);
    await new Promise<void>((resolve, reject) => {
      let isDraining = false;
      const onSignal = () => {
        if (isDraining) process.exit(1);
        isDraining = true;
        const message = "draining; a second signal ends at once";
        this.#log.write("info", "stopping", { message });
        const { drainGraceMs: graceMs = limits.drainGraceMs } = this.#settings.limits;
        this.#router.drain({ graceMs }).then(resolve, reject);
      };
      process.on("SIGINT", onSignal);
      process.on("SIGTERM", onSignal);
    });
  }

  /** Calls and messages are logged at level debug; at any other nobody looks at them. */
  watchTraffic(): void {
    const isWanted = this.#log.level === "debug";
    if (isWanted) {
      this.#unwatch ??= this.#router.observe(createTrafficLog(this.#log));
      return;
    }
    this.#unwatch?.();
    this.#unwatch = undefined;
  }

  async #reload(): Promise<void> {
    try {
      this.#apply(loadSettings(this.#options));
    } catch (error) {
      const problems = error instanceof SettingsError ? error.problems : [messageOf(error)];
      const message = "the configuration that held before stays";
      for (const problem of problems)
        this.#log.write("error", "reloadRefused", { problem, message });
    }
    try {
      await this.#router.reloadTls();
    } catch (error) {
      const message = "the certificate that held before stays";
      this.#log.write("error", "certificateRefused", { problem: messageOf(error), message });
    }
  }

  #apply({ settings: asked, file }: LoadedSettings): void {
    const before = this.#settings;
    const isChanged = (key: keyof Settings) =>
      JSON.stringify(asked[key]) !== JSON.stringify(before[key]);
    const needRestart = fixedKeys.filter(isChanged);
    const { listen, admin, tls, schemas, registry, jsonLines } = before;
    const { listen: _listen, admin: _admin, tls: _tls, ...changeable } = asked;
    const settings: Settings = {
      listen,
      ...changeable,
      schemas,
      registry,
      jsonLines,
      ...(admin && { admin }),
      ...(tls && { tls }),
    };
    this.#router.configure({
      limits: settings.limits,
      rings: settings.rings,
      traceSample: settings.trace.sample,
      allowedHosts: settings.allowedHosts,
      allowedOrigins: settings.allowedOrigins,
    });
    this.#settings = settings;
    this.#log.level = settings.log.level;
    this.#log.format = settings.log.format;
    this.watchTraffic();
    logSettings(this.#log, "reloaded", { settings, file });
    for (const key of needRestart) {
      this.#log.write("warn", "restartNeeded", {
        key,
        message: `${key} is changed by a restart only; the old value holds`,
      });
    }
  }
}

/** As the settings stand, but the limits that have their default. */
function logSettings(log: Log, kind: string, { settings, file }: LoadedSettings): void {
  const shown = redact(settings) as Readonly<Record<string, unknown>>;
  log.write("info", kind, { ...(file !== undefined && { file }), ...shown });
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
