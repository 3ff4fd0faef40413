/** The classes of protobuf's test messages for one language, made by `nexus generate` as any user would. */
import { spawn } from "node:child_process";
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ProtobufAdapter } from "./adapters.ts";
import { PROTOS } from "./official-runner.ts";

/** Generates into `folder`/classes/<language>. Throws with the generator's words where it refuses. */
export async function generateClasses(
  root: string,
  folder: string,
  adapters: readonly ProtobufAdapter[],
): Promise<void> {
  const schema = join(folder, "schema");
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(PROTOS, schema, { recursive: true });
  const targets = adapters.map(({ language, classes }) => ({
    ...classes,
    language,
    out: `classes/${language}`,
  }));
  const config = join(folder, "nexus.config.json");
  await writeFile(config, `${JSON.stringify({ inputs: ["schema"], targets }, null, 2)}\n`);
  await run(
    process.execPath,
    [join(root, "cli", "bin", "nexus.js"), "generate", "--config", config],
    root,
  );
}

/** Runs a command to its end; its output is the error's text where it fails. */
export async function run(program: string, words: readonly string[], cwd: string): Promise<void> {
  const child = spawn(program, [...words], { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`${program} ${words.join(" ")} ended with ${code}:\n${output}`);
}
