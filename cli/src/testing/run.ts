/** Runs the CLI as a person does: its own process, real streams, real exit code. */
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../../bin/nexus.js", import.meta.url));

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
}

export interface RunOptions {
  readonly folder: string;
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

export interface Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Outcome>;
  /** Resolves with the next line of stdout or stderr that contains `text`; rejects when the process ends before. */
  line(text: string): Promise<string>;
}

export async function nexus(commandLine: readonly string[], options: RunOptions): Promise<Outcome> {
  const running = startNexus(commandLine, options);
  running.child.stdin.end(options.input ?? "");
  return running.ended;
}

export function startNexus(commandLine: readonly string[], options: RunOptions): Running {
  const { NEXUS_URL: _url, NEXUS_DEBUG: _debug, ...inherited } = process.env;
  const child = spawn(process.execPath, [bin, ...commandLine], {
    cwd: options.folder,
    env: { ...inherited, NO_COLOR: "1", ...options.environment },
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  const texts = { out: "", errors: "" };
  for (const [name, stream] of [
    ["out", child.stdout],
    ["errors", child.stderr],
  ] as const) {
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      texts[name] += text;
    });
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      for (const wake of waiting) wake();
    });
  }
  const ended = new Promise<Outcome>((resolve) => {
    child.on("close", (code) => resolve({ code, ...texts }));
  });
  let position = 0;
  const line = (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        while (position < lines.length) {
          const found = lines[position] ?? "";
          position += 1;
          if (found.includes(text)) {
            waiting.delete(look);
            resolve(found);
            return;
          }
        }
      };
      waiting.add(look);
      look();
      void ended.then((outcome) => reject(new Error(`ended: ${JSON.stringify(outcome)}`)));
    });
  return { child, ended, line };
}

export interface Workspace extends Disposable {
  readonly folder: string;
  write(path: string, text: string): void;
  read(path: string): string;
}

export function makeWorkspace(files: Readonly<Record<string, string>> = {}): Workspace {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "nexus-cli-")));
  const workspace: Workspace = {
    folder,
    write: (path, text) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    read: (path) => readFileSync(join(folder, path), "utf8"),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
  for (const [path, text] of Object.entries(files)) workspace.write(path, text);
  return workspace;
}
