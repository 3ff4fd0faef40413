/** One certificate for the referee's TLS listeners, made anew in every run. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "./languages.ts";
import type { StageOptions } from "./stage.ts";

export type Tls = StageOptions["tls"] & { remove(): void };

export async function makeTls(): Promise<Tls> {
  const folder = mkdtempSync(join(tmpdir(), "nexus-conformance-"));
  const helper = join(root, "transports/src/testing/certificates.ts");
  await promisify(execFile)(process.execPath, [helper, folder], { cwd: root });
  return {
    ca: join(folder, "ca.pem"),
    credentials: {
      key: readFileSync(join(folder, "router.key")),
      cert: readFileSync(join(folder, "router.pem")),
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
