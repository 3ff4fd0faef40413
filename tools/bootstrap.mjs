/**
 * Runs one task of the checkout (`node tools/bootstrap.mjs start`) on a machine that has Node 20 and npm and nothing
 * else: installs the pinned Node and pnpm into .toolchain/, the dependencies by the lockfile, then hands over to
 * tools/<task>.ts. It knows no task and installs nothing outside the checkout.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const toolchains = path.join(root, ".toolchain");
const isWindows = process.platform === "win32";
const lockWaitMs = 10 * 60_000;
const keptNpmSettings = new Set(
  ["registry", "proxy", "https_proxy", "noproxy", "cafile", "cache", "userconfig"].map(
    (name) => `npm_config_${name}`,
  ),
);

function say(text) {
  process.stderr.write(`nexus: ${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}

/** npm's own variables would silence pnpm or redirect it; only those that say how to reach the registry stay. */
function cleanEnvironment() {
  const environment = {};
  for (const [name, value] of Object.entries(process.env)) {
    const lower = name.toLowerCase();
    if (!lower.startsWith("npm_") || keptNpmSettings.has(lower)) environment[name] = value;
  }
  environment.TURBO_TELEMETRY_DISABLED = "1";
  environment.DO_NOT_TRACK = "1";
  environment.NODE_COMPILE_CACHE = path.join(toolchains, "compile-cache");
  return environment;
}

function hashOf(...parts) {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part).update("\0");
  return hash.digest("hex").slice(0, 16);
}

/** How to start npm with the Node that runs this: npm says so itself, else it lies beside Node. */
function npmCommand() {
  if (process.env.npm_execpath?.endsWith(".js")) {
    return [process.execPath, process.env.npm_execpath];
  }
  const folder = path.dirname(process.execPath);
  const candidates = [
    path.join(folder, "node_modules", "npm", "bin", "npm-cli.js"),
    path.join(folder, "..", "lib", "node_modules", "npm", "bin", "npm-cli.js"),
  ];
  const found = candidates.find((candidate) => fs.existsSync(candidate));
  return found ? [process.execPath, found] : [isWindows ? "npm.cmd" : "npm"];
}

function run(command, options) {
  const result = spawnSync(command[0], command.slice(1), { encoding: "utf8", ...options });
  const output = `${result.stdout || ""}${result.stderr || ""}`.trim();
  return { ok: result.status === 0, output: result.error ? String(result.error) : output };
}

/** Installs the pinned tools beside their final place and renames, so that two first runs at once are safe. */
function installToolchain() {
  const source = path.join(root, "tools", "toolchain");
  const lock = fs.readFileSync(path.join(source, "package-lock.json"), "utf8");
  const place = path.join(toolchains, `${hashOf(lock)}-${process.platform}-${process.arch}`);
  if (fs.existsSync(place)) return place;
  say("installing the pinned Node and pnpm (once) ...");
  fs.mkdirSync(toolchains, { recursive: true });
  const draft = fs.mkdtempSync(path.join(toolchains, "draft-"));
  for (const name of ["package.json", "package-lock.json"]) {
    fs.copyFileSync(path.join(source, name), path.join(draft, name));
  }
  const result = run([...npmCommand(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: draft,
    env: cleanEnvironment(),
  });
  if (!result.ok) {
    fs.rmSync(draft, { recursive: true, force: true });
    fail(`npm could not install the toolchain; check the network and run again.\n${result.output}`);
  }
  try {
    fs.renameSync(draft, place);
  } catch (error) {
    fs.rmSync(draft, { recursive: true, force: true });
    if (!fs.existsSync(place)) throw error;
  }
  return place;
}

function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return (major === 24 && minor >= 11) || (major >= 26 && major % 2 === 0);
}

/** The pinned Node, or the user's own where the pinned one does not run (musl, macOS). */
function chooseNode(toolchain) {
  const modules = path.join(toolchain, "node_modules");
  const platform = isWindows ? "win" : process.platform;
  const pinned = path.join(
    modules,
    `node-${platform}-${process.arch}`,
    "bin",
    isWindows ? "node.exe" : "node",
  );
  if (fs.existsSync(pinned) && run([pinned, "--version"], {}).ok) return pinned;
  if (isNewEnough(process.versions.node)) return process.execPath;
  return fail(
    `this platform (${process.platform} ${process.arch}) has no pinned Node and yours is ${process.versions.node}: install Node 24.11 or a newer even release.`,
  );
}

function packageManifests(folder, depth, found) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === "node_modules" || entry.name.startsWith(".") || entry.name === "golden")
      continue;
    const child = path.join(folder, entry.name);
    if (entry.isDirectory() && depth > 0) packageManifests(child, depth - 1, found);
    else if (entry.name === "package.json") found.push(child);
  }
  return found;
}

/** One installer at a time; a lock whose owner is gone is taken over. */
function withLock(action) {
  const lock = path.join(toolchains, "install.lock");
  const until = Date.now() + lockWaitMs;
  for (;;) {
    try {
      fs.writeFileSync(lock, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    let owner = 0;
    try {
      owner = Number(fs.readFileSync(lock, "utf8"));
      if (owner > 0) process.kill(owner, 0);
    } catch (error) {
      if (error.code === "ESRCH") fs.rmSync(lock, { force: true });
    }
    if (Date.now() > until) fail(`process ${owner} holds ${lock}; end it or remove the file.`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
  try {
    return action();
  } finally {
    fs.rmSync(lock, { force: true });
  }
}

function installDependencies(toolchain, node, environment) {
  const stampFile = path.join(root, "node_modules", ".nexus-stamp");
  const inputs = ["pnpm-lock.yaml", "pnpm-workspace.yaml"].map((name) => path.join(root, name));
  const manifests = packageManifests(root, 3, []).sort();
  const stamp = hashOf(
    node,
    ...[...inputs, ...manifests].map((file) => fs.readFileSync(file, "utf8")),
  );
  const isCurrent = () => fs.existsSync(stampFile) && fs.readFileSync(stampFile, "utf8") === stamp;
  if (isCurrent()) return;
  withLock(() => {
    if (isCurrent()) return;
    say("installing the dependencies ...");
    const pnpm = path.join(toolchain, "node_modules", "pnpm", "bin", "pnpm.cjs");
    const result = run([node, pnpm, "install", "--frozen-lockfile", "--prefer-offline"], {
      cwd: root,
      env: { ...environment, CI: "true" },
    });
    if (!result.ok) fail(`pnpm could not install the dependencies.\n${result.output}`);
    fs.writeFileSync(stampFile, stamp);
  });
}

/** Ctrl-C reaches the whole foreground group, so the child hears it itself; a lost parent means that npm was killed. */
function handOver(node, environment, task, taskArguments) {
  const child = spawn(
    node,
    ["--conditions=@nexus-bridge/source", path.join(root, "tools", `${task}.ts`), ...taskArguments],
    { stdio: "inherit", env: environment },
  );
  const parent = process.ppid;
  let isStopping = false;
  const stop = () => {
    if (!isStopping) child.kill("SIGTERM");
    isStopping = true;
  };
  const watch = setInterval(() => {
    if (process.ppid !== parent) stop();
  }, 250);
  process.on("SIGINT", () => {});
  process.on("SIGTERM", stop);
  process.on("SIGHUP", stop);
  child.on("error", (error) => fail(`could not start ${node}: ${error.message}`));
  child.on("exit", (code, signal) => {
    clearInterval(watch);
    process.exitCode = code === null ? (signal === "SIGINT" ? 130 : 143) : code;
  });
}

function main() {
  const [task, ...taskArguments] = process.argv.slice(2);
  if (!task || !/^[a-z-]+$/.test(task) || !fs.existsSync(path.join(root, "tools", `${task}.ts`))) {
    fail(`no task ${JSON.stringify(task || "")}: see "scripts" in package.json.`);
  }
  const toolchain = installToolchain();
  const node = chooseNode(toolchain);
  const bin = path.join(toolchain, "node_modules", ".bin");
  const environment = cleanEnvironment();
  const pathName = Object.keys(environment).find((name) => name.toUpperCase() === "PATH") || "PATH";
  environment[pathName] = [path.dirname(node), bin, environment[pathName]].join(path.delimiter);
  environment.NEXUS_TOOLCHAIN = toolchain;
  installDependencies(toolchain, node, environment);
  handOver(node, environment, task, taskArguments);
}

main();
