/** Runs `nexus start`: flags, environment and folder go to the router's own process room; what it refuses ends the command. */
import { printedSettings, SettingsError, type SettingsFlags, serve } from "@nexus-bridge/router";
import type { StartFlags } from "../commands/start.ts";
import { Failure } from "../failure.ts";
import { note, print } from "../output.ts";
import { packageVersion } from "../package-folder.ts";

export async function runStart(flags: StartFlags): Promise<void> {
  const { printConfig = false, allowOrigin, schema, registry, ...same } = flags;
  const settings: SettingsFlags = {
    ...same,
    ...(allowOrigin !== undefined && { allowedOrigins: allowOrigin }),
    ...(schema !== undefined && { schemas: schema }),
    ...(registry !== undefined && { registryPath: registry }),
  };
  const sources = { flags: settings, environment: process.env, folder: process.cwd() };
  try {
    if (printConfig) print(printedSettings(sources).trimEnd());
    else await serve({ ...sources, print, note, version: packageVersion() });
  } catch (error) {
    throw new Failure(failureText(error));
  }
}

function failureText(error: unknown): string {
  if (error instanceof SettingsError) {
    return ["the configuration is wrong", ...error.problems].join("\n  ");
  }
  return error instanceof Error ? error.message : String(error);
}
