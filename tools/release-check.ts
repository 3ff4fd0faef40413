/**
 * `npm run release-check`: builds and packs every published package, installs the packs in an empty folder as a user
 * would, and lets the installed command generate there, play a case of the suite that it carries, and start a router.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { trackedPaths } from "./tidy/tree.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const port = 5_973;
const url = `nexus://127.0.0.1:${port}`;

function run(folder: string, command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, NEXUS_URL: url },
    stdio: ["ignore", "pipe", "inherit"],
  });
}

interface Published {
  readonly name: string;
  readonly folder: string;
}

function publishedPackages(): readonly Published[] {
  return trackedPaths(root)
    .filter((path) => path.endsWith("/package.json") && !path.includes("golden/"))
    .map((path) => ({ path, manifest: JSON.parse(readFileSync(join(root, path), "utf8")) }))
    .filter(({ manifest }) => manifest.private !== true && manifest.publishConfig !== undefined)
    .map(({ path, manifest }) => ({
      name: manifest.name,
      folder: join(root, path, ".."),
    }));
}

/** Every package of ours comes from its pack, also where another package asks for it. */
function installPacks(folder: string, packs: string): void {
  const files = readdirSync(packs);
  const dependencies = Object.fromEntries(
    publishedPackages().map(({ name }) => {
      const prefix = `${name.replace("@", "").replace("/", "-")}-`;
      const file = files.find(
        (each) => each.startsWith(prefix) && /^\d/.test(each.slice(prefix.length)),
      );
      if (file === undefined) throw new Error(`${name} was not packed`);
      return [name, `file:${join(packs, file)}`];
    }),
  );
  const manifest = { name: "release-check", private: true, type: "module", dependencies };
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ ...manifest, overrides: dependencies }),
  );
  run(folder, "npm", "install", "--no-audit", "--no-fund", "--ignore-scripts");
}

async function withRouter(folder: string, action: () => void): Promise<void> {
  const nexus = join(folder, "node_modules/.bin/nexus");
  const router = spawn(nexus, ["start", "--listen", `tcp://127.0.0.1:${port}`], { cwd: folder });
  try {
    await new Promise<void>((resolve, reject) => {
      const onLine = (line: string): void => {
        if (line.includes(String(port))) resolve();
      };
      createInterface({ input: router.stdout }).on("line", onLine);
      createInterface({ input: router.stderr }).on("line", onLine);
      router.once("exit", (code) => reject(new Error(`nexus start ended with code ${code}`)));
      router.once("error", reject);
    });
    action();
  } finally {
    router.removeAllListeners("exit");
    router.kill("SIGTERM");
  }
}

async function main(): Promise<void> {
  console.log("building ...");
  run(root, join(root, "node_modules/.bin/tsc"), "-b");
  run(root, join(root, "node_modules/.bin/turbo"), "run", "build", "--output-logs=errors-only");
  const folder = mkdtempSync(join(tmpdir(), "nexus-release-"));
  const packs = mkdtempSync(join(tmpdir(), "nexus-packs-"));
  try {
    for (const { folder: source, name } of publishedPackages()) {
      run(source, "pnpm", "pack", "--pack-destination", packs);
      console.log(`packed ${name}`);
    }
    installPacks(folder, packs);
    const nexus = join(folder, "node_modules/.bin/nexus");
    console.log(run(folder, nexus, "--version").trim());
    run(
      folder,
      nexus,
      "generate",
      "--lang",
      "typescript,node,python",
      "--out",
      "gen",
      join(root, "examples/orders/schema"),
    );
    const adapter = join(root, "conformance/adapters/node/adapter.json");
    const played = "rpc.unary.sizes[size=1,transport=tcp]";
    run(folder, nexus, "test", "node", "--adapter", adapter, "--case", played);
    await withRouter(folder, () => {
      const answer = run(folder, nexus, "doctor");
      console.log(answer.trim());
    });
    console.log("every published package installs and runs");
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(packs, { recursive: true, force: true });
  }
}

await main();
