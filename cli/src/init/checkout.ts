/**
 * Where the packages of Nexus come from. Run from a checkout, a new project rests on that checkout: links into it, no
 * download. Run from an installed package, it rests on the registries.
 */
import { existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { packageFolder, packageVersion } from "../package-folder.ts";

/** What Node programs of a project import, with its folder in a checkout. */
const nodePackages: Readonly<Record<string, string>> = {
  "@nexus-bridge/sdk": "sdks/typescript",
  "@nexus-bridge/sdk-node": "sdks/node",
};
const cliPackage = "@nexus-bridge/cli";
/** What checks the types of TypeScript programs; running them needs neither. */
const typePackages: Readonly<Record<string, string>> = {
  typescript: "6.0.3",
  "@types/node": "24.19.2",
};

export interface Origin {
  /** The root of the checkout this runs from, if it does. */
  readonly checkout?: string;
  /** The version of the CLI, which all packages share. */
  readonly version: string;
}

export function findOrigin(): Origin {
  const root = join(packageFolder, "..");
  const version = packageVersion();
  const isCheckout =
    existsSync(join(packageFolder, "src/main.ts")) && existsSync(join(root, "pnpm-workspace.yaml"));
  return isCheckout ? { checkout: root, version } : { version };
}

/** The `dependencies` and `devDependencies` of the project's package.json. */
export function nodeDependencies(
  origin: Origin,
  hasTypes: boolean,
): {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
} {
  const from = (folder: string): string =>
    origin.checkout === undefined ? origin.version : `link:${join(origin.checkout, folder)}`;
  const dependencies = Object.fromEntries(
    Object.entries(nodePackages).map(([name, folder]) => [name, from(folder)]),
  );
  const types = hasTypes ? typePackages : {};
  return { dependencies, devDependencies: { [cliPackage]: from("cli"), ...types } };
}

/** Makes the Node packages of the checkout importable from `project`, and `nexus` a command of its scripts. */
export function linkNodePackages(
  project: string,
  checkout: string,
  node: string = process.execPath,
): void {
  const modules = join(project, "node_modules");
  for (const [name, folder] of Object.entries({ ...nodePackages, [cliPackage]: "cli" })) {
    link(join(modules, name), join(checkout, folder), "dir");
  }
  for (const name of Object.keys(typePackages)) {
    link(join(modules, name), realpathSync(join(checkout, "node_modules", name)), "dir");
  }
  link(join(modules, ".bin/nexus"), join(checkout, "cli/bin/nexus.js"), "file");
  link(join(modules, ".bin/tsc"), join(modules, "typescript/bin/tsc"), "file");
  // Sources need the checkout's Node, and the user's may be older: npm looks here first for `node`.
  if (node.startsWith(`${checkout}${sep}`)) link(join(modules, ".bin/node"), node, "file");
}

function link(place: string, target: string, type: "dir" | "file"): void {
  if (existsSync(place)) return;
  mkdirSync(dirname(place), { recursive: true });
  // A junction needs no privilege on Windows; elsewhere a relative link survives a move of both.
  if (process.platform === "win32" && type === "dir") symlinkSync(target, place, "junction");
  else symlinkSync(relative(dirname(place), target), place, type);
}

/** Makes the checkout's Python SDK importable in a virtual environment, as an editable install would. */
export function linkPythonPackage(sitePackages: string, checkout: string): void {
  const source = join(checkout, "sdks/python/src");
  writeFileSync(join(sitePackages, "nexus-bridge.pth"), `${source}\n`);
}
