/** Runs `buf`, the oracle of the compiler's tests, where its binary is on this machine. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/** The binary of the platform's package; nothing where npm has none for it. */
export function bufBinary(): string | undefined {
  const name = process.platform === "win32" ? "buf.exe" : "buf";
  const platform = `@bufbuild/buf-${process.platform}-${process.arch === "arm64" && process.platform === "linux" ? "aarch64" : process.arch}`;
  try {
    const owner = createRequire(require.resolve("@bufbuild/buf/package.json"));
    return join(dirname(owner.resolve(`${platform}/package.json`)), "bin", name);
  } catch {
    return undefined;
  }
}

export type BufResult =
  | { readonly kind: "built"; readonly descriptorSet: Uint8Array }
  | { readonly kind: "refused"; readonly text: string };

/** Builds a folder of .proto files with imports, without source info. */
export function bufBuild(binary: string, folder: string): BufResult {
  const cache = mkdtempSync(join(tmpdir(), "nexus-buf-"));
  try {
    const run = spawnSync(
      binary,
      ["build", "--as-file-descriptor-set", "--exclude-source-info", "-o", "-"],
      {
        cwd: folder,
        env: { PATH: process.env.PATH ?? "", HOME: cache, BUF_CACHE_DIR: cache },
        maxBuffer: 64 * 1024 * 1024,
      },
    );
    if (run.status === 0) return { kind: "built", descriptorSet: run.stdout };
    return { kind: "refused", text: `${run.stderr}${run.error?.message ?? ""}` };
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

/** The first folders of the files in which the second of two modules breaks the first. */
export function bufBreaking(binary: string, [before, after]: readonly string[]): Set<string> {
  const cache = mkdtempSync(join(tmpdir(), "nexus-buf-"));
  try {
    const against = ["--against", before ?? "", "--error-format", "json"];
    const run = spawnSync(binary, ["breaking", ...against], {
      cwd: after,
      encoding: "utf8",
      env: { PATH: process.env.PATH ?? "", HOME: cache, BUF_CACHE_DIR: cache },
    });
    // 100: the comparison was made and found something.
    if (run.status !== 0 && run.status !== 100) throw new Error(run.stderr);
    const lines = run.stdout.split("\n").filter((line) => line !== "");
    return new Set(lines.map((line) => `${JSON.parse(line).path}`.split("/")[0] ?? ""));
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}
