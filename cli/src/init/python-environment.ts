/** Makes the virtual environment of a project that rests on a checkout: no pip, no download, one path entry. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Failure } from "../failure.ts";
import { linkPythonPackage } from "./checkout.ts";

export const environmentFolder = ".venv";

/** The interpreter of the environment, relative to the project. */
export const environmentPython =
  process.platform === "win32"
    ? `${environmentFolder}\\Scripts\\python.exe`
    : `${environmentFolder}/bin/python`;

export function makePythonEnvironment(project: string, checkout: string): void {
  const place = join(project, environmentFolder);
  if (!existsSync(place)) run("python3", ["-m", "venv", "--without-pip", place]);
  const query = "import sysconfig; print(sysconfig.get_paths()['purelib'])";
  const sitePackages = run(join(project, environmentPython), ["-c", query]).trim();
  linkPythonPackage(sitePackages, checkout);
}

function run(command: string, commandArguments: readonly string[]): string {
  try {
    return execFileSync(command, [...commandArguments], { encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Failure(`the Python environment could not be made: ${message.trim()}`);
  }
}
