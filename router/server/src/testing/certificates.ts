/** A folder of certificates, made by the transports' own helper in a process of its own. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const helper = fileURLToPath(
  new URL("../../../../transports/src/testing/certificates.ts", import.meta.url),
);

export interface CertificateFolder {
  /** The path of one of its files, for example `ca.pem` or `router.key`. */
  readonly path: (name: string) => string;
  remove(): Promise<void>;
}

export async function makeCertificateFolder(): Promise<CertificateFolder> {
  const folder = await mkdtemp(join(tmpdir(), "nexus-tls-"));
  await promisify(execFile)(process.execPath, [helper, folder]);
  return {
    path: (name) => join(folder, name),
    remove: () => rm(folder, { recursive: true }),
  };
}
