/**
 * What the suite reads, as it lies in the checkout: cases, vectors, tables, locks. The bundled file has the same words from
 * `bundle/contents.ts`, which carries them as data.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where commands of adapters run, unless their manifest says otherwise. */
export const root: string = fileURLToPath(new URL("../../..", import.meta.url));

/** Only here can locks be written. */
export const isCheckout: boolean = true;

export const reportFolder: string = join(root, "conformance/dist/report");

export const readText = (path: string): string => readFileSync(join(root, path), "utf8");

/** All YAML of a folder and its folders, by their paths from the root, in order. */
export const yamlUnder = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".yaml"))
    .map((path) => `${folder}/${path.replaceAll("\\", "/")}`)
    .sort();

/** The program that writes certificates into the folder that it is given; the bundle puts it there first. */
export const certificatesProgram = (_folder: string): string =>
  join(root, "transports/src/testing/certificates.ts");
