/** The certificates of the referee's TLS listeners, right and wrong, made anew in every run. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { certificatesProgram } from "./checkout.ts";
import type { StageOptions } from "./stage.ts";

export type Tls = StageOptions["tls"] & { remove(): void };

export async function makeTls(): Promise<Tls> {
  const folder = mkdtempSync(join(tmpdir(), "nexus-conformance-"));
  await promisify(execFile)(process.execPath, [certificatesProgram(folder), folder]);
  const named = (name: string) => ({
    key: readFileSync(join(folder, `${name}.key`)),
    cert: readFileSync(join(folder, `${name}.pem`)),
  });
  return {
    ca: join(folder, "ca.pem"),
    otherCa: join(folder, "other-ca.pem"),
    credentials: named("router"),
    named,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
