/**
 * `nexus generate --watch`: runs once, then again whenever a schema file or the config file changes, until it is
 * aborted. It is driven by events of the file system alone and decides nothing about a run.
 */
import { existsSync, type FSWatcher, statSync, watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { type GenerateOptions, type GenerateResult, generate } from "./generate.ts";
import { resolveInputs } from "./inputs.ts";
import type { Problem } from "./problem.ts";
import type { Project } from "./project.ts";

/** Editors write a file in several steps; a run waits until so long after the last of them. */
const settleMs = 30;
const configKey = "config";

export interface WatchRun {
  /** Absent where the configuration itself has problems. */
  readonly result?: GenerateResult;
  readonly problems: readonly Problem[];
}

export interface WatchOptions extends GenerateOptions {
  /** Reads the configuration anew; called before every run. */
  readonly read: () => Promise<Project | readonly Problem[]>;
  /** Watched beside the schema. */
  readonly configFile?: string;
  readonly signal: AbortSignal;
}

/** Yields after every run; ends when `signal` is aborted. */
export async function* watchGenerate(options: WatchOptions): AsyncGenerator<WatchRun> {
  const changes = changeSignal(options.signal);
  const watchers = new Map<string, FSWatcher>();
  try {
    if (options.configFile !== undefined) {
      const name = basename(options.configFile);
      const folder = dirname(options.configFile);
      const watcher = watch(folder, (_event, file) => {
        if (file === name) changes.notify();
      });
      watchers.set(configKey, watcher);
    }
    while (!options.signal.aborted) {
      const project = await options.read();
      if ("inputs" in project) {
        // Watching starts before the files are read, so that no change falls between the two.
        follow(project, watchers, changes.notify);
        const result = await generate(project, options);
        yield { result, problems: result.problems };
      } else yield { problems: project };
      await changes.next();
    }
  } finally {
    for (const watcher of watchers.values()) watcher.close();
    changes.close();
  }
}

/** What to watch, by a key that changes when a folder was replaced by another one of the same name. */
interface Watched {
  readonly folder: string;
  /** A root is watched with all below it; the folder above a missing input only for its return. */
  readonly isRoot: boolean;
}

function watchedOf(project: Project): ReadonlyMap<string, Watched> {
  const watched = new Map<string, Watched>();
  const add = (folder: string, isRoot: boolean): void => {
    const status = statSync(folder, { throwIfNoEntry: false });
    if (status !== undefined) watched.set(`${folder}:${status.ino}:${isRoot}`, { folder, isRoot });
  };
  for (const root of resolveInputs(project).roots) add(root, true);
  for (const input of project.inputs) {
    let place = resolve(project.base, input);
    if (existsSync(place)) continue;
    while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
    add(place, false);
  }
  return watched;
}

function follow(project: Project, watchers: Map<string, FSWatcher>, notify: () => void): void {
  const watched = watchedOf(project);
  for (const [key, watcher] of watchers) {
    if (key === configKey || watched.has(key)) continue;
    watcher.close();
    watchers.delete(key);
  }
  for (const [key, { folder, isRoot }] of watched) {
    if (watchers.has(key)) continue;
    const watcher = watch(folder, { recursive: isRoot }, (_event, file) => {
      if (!isRoot || file === null || file.endsWith(".proto")) notify();
    });
    watcher.on("error", notify);
    watchers.set(key, watcher);
  }
}

interface ChangeSignal {
  readonly notify: () => void;
  /** Resolves once changes have settled, or at once when aborted. */
  readonly next: () => Promise<void>;
  readonly close: () => void;
}

function changeSignal(signal: AbortSignal): ChangeSignal {
  let isChanged = false;
  let timer: NodeJS.Timeout | undefined;
  let wake: (() => void) | undefined;
  const settle = (): void => {
    isChanged = true;
    wake?.();
  };
  signal.addEventListener("abort", settle);
  return {
    notify: () => {
      clearTimeout(timer);
      timer = setTimeout(settle, settleMs);
    },
    next: async () => {
      if (!isChanged && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      wake = undefined;
      isChanged = false;
    },
    close: () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", settle);
    },
  };
}
