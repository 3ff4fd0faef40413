/** Compares the compiler's descriptors with those of `buf`, for every valid fixture and the example. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { builtinFile } from "../src/builtin.ts";
import { compile } from "../src/compile.ts";
import { encodeDescriptorSet } from "../src/descriptor-encode.ts";
import { bufBinary, bufBuild } from "./buf.ts";
import { canonicalSet } from "./canonical.ts";
import { type Fixture, invalidFixtures, validFixtures } from "./fixtures.ts";

const binary = bufBinary();
const work = mkdtempSync(join(tmpdir(), "nexus-oracle-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const missing = "buf's binary is not here (npm package @bufbuild/buf): the comparison is left out";
/** These rules are Nexus's own, or protoc's where buf is more lenient. */
const acceptedByBuf =
  /^(topic|error|method|rules)_|^(edition_implicit_default|json_name_brackets|string_not_utf8)\./;

function folderOf(fixture: Pick<Fixture, "name" | "files">): string {
  const folder = join(work, fixture.name);
  const options = builtinFile("nexus/options.proto");
  for (const file of [...fixture.files, ...(options === undefined ? [] : [options])]) {
    const path = join(folder, file.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, file.text);
  }
  return folder;
}

if (binary === undefined) {
  it("has its oracle", () => {
    console.warn(missing);
    expect(process.env.NEXUS_REQUIRE).not.toBe("all");
  });
} else {
  describe("descriptors", () => {
    it.each(validFixtures().map((fixture) => [fixture.name, fixture] as const))(
      "of %s equal buf's",
      (_, fixture) => {
        const inputs = fixture.files.map(({ path }) => path);
        const { descriptors, diagnostics } = compile(fixture.files, { inputs });
        expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
        const built = bufBuild(binary, folderOf(fixture));
        expect(built).toMatchObject({ kind: "built" });
        if (built.kind !== "built") return;
        const only = new Set(inputs);
        expect(canonicalSet(built.descriptorSet, only)).toHaveLength(inputs.length);
        expect(canonicalSet(encodeDescriptorSet(descriptors), only)).toEqual(
          canonicalSet(built.descriptorSet, only),
        );
      },
    );
  });

  describe("invalid files", () => {
    const refused = invalidFixtures().filter(({ path }) => !acceptedByBuf.test(path));
    it.each(refused.map((file) => [file.path, file] as const))(
      "buf refuses %s too",
      (path, file) => {
        const folder = folderOf({ name: `invalid-${path}`, files: [file] });
        expect(bufBuild(binary, folder)).toMatchObject({ kind: "refused" });
      },
    );
  });
}
