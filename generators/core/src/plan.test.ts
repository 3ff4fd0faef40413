import { describe, expect, it } from "vitest";
import { formatManifest, hashOf, manifestName, parseManifest } from "./manifest.ts";
import { type FolderState, outputProblems, planFolder, staleEntries } from "./plan.ts";

const path = "a/b.ts";
const options = { language: "x", generator: "1.0.0", force: false };

/** A folder in which `disk` stands at the path and the manifest says `recorded` was written there. */
function stateOf(disk: string | undefined, recorded: string | undefined): FolderState {
  const hashes = new Map(disk === undefined ? [] : [[path, hashOf(disk)]]);
  if (recorded === undefined) return { hashes };
  const manifest = {
    language: "x",
    generator: "1.0.0",
    files: new Map([[path, hashOf(recorded)]]),
  };
  return { hashes, manifest, manifestText: formatManifest(manifest) };
}

describe("planFolder", () => {
  const states: readonly (readonly [
    string | undefined,
    string | undefined,
    string | undefined,
    string,
    string,
  ])[] = [
    // rendered, on disk, recorded, without force, with force
    ["x", undefined, undefined, "create new", "create new"],
    ["x", undefined, "x", "create missing", "create missing"],
    ["x", undefined, "old", "create missing", "create missing"],
    ["x", "x", "x", "same same", "same same"],
    ["x", "x", undefined, "same same", "same same"],
    ["x", "x", "old", "same same", "same same"],
    ["x", "old", "old", "update changed", "update changed"],
    ["x", "mine", "x", "refuse edited", "update edited"],
    ["x", "mine", "old", "refuse edited", "update edited"],
    ["x", "mine", undefined, "refuse foreign", "update foreign"],
    [undefined, "x", "x", "delete orphan", "delete orphan"],
    [undefined, "mine", "x", "refuse edited", "delete edited"],
    [undefined, undefined, "x", "", ""],
    [undefined, "mine", undefined, "", ""],
  ];
  it.each(states)(
    "rendered %s, on disk %s, recorded %s: %s, forced: %s",
    (rendered, disk, recorded, plain, forced) => {
      const files = rendered === undefined ? [] : [{ path, text: rendered }];
      const state = stateOf(disk, recorded);
      for (const [force, expected] of [
        [false, plain],
        [true, forced],
      ] as const) {
        const plan = planFolder(files, state, { ...options, force });
        const entry = plan.entries.find((one) => one.path === path);
        expect(entry === undefined ? "" : `${entry.action} ${entry.reason}`).toBe(expected);
      }
    },
  );

  it("writes a manifest of exactly the rendered files, last", () => {
    const plan = planFolder([{ path, text: "x" }], stateOf("old", "old"), options);
    const manifest = plan.entries.at(-1);
    expect(manifest).toMatchObject({ path: manifestName, action: "update", reason: "changed" });
    const parsed = parseManifest(manifest?.text ?? "");
    expect(parsed).toEqual({
      kind: "manifest",
      manifest: { language: "x", generator: "1.0.0", files: new Map([[path, hashOf("x")]]) },
    });
  });

  it("adopts equal files that no manifest records, and creates none for an empty output", () => {
    const adopted = planFolder([{ path, text: "x" }], stateOf("x", undefined), options);
    expect(adopted.entries.map((entry) => entry.action)).toEqual(["same", "create"]);
    expect(planFolder([], stateOf("x", undefined), options).entries).toEqual([]);
  });

  it("does not call a folder stale for the generator's version alone", () => {
    const plan = planFolder([{ path, text: "x" }], stateOf("x", "x"), {
      ...options,
      generator: "2.0.0",
    });
    expect(plan.entries.at(-1)).toMatchObject({ action: "update", reason: "version" });
    expect(staleEntries(plan)).toEqual([]);
    expect(staleEntries(planFolder([], stateOf("x", "x"), options))).toHaveLength(2);
  });
});

describe("outputProblems", () => {
  it.each(["../x", "/x", "a/../b", "a//b", "c:x", "a\\b", manifestName, ""])(
    "refuses %j",
    (bad) => {
      expect(outputProblems([{ path: bad, text: "" }], "gen")).toHaveLength(1);
    },
  );

  it("refuses two paths that differ in case alone", () => {
    const files = [
      { path: "a/Order.ts", text: "" },
      { path: "a/order.ts", text: "" },
    ];
    expect(outputProblems(files, "gen")[0]?.message).toContain("a/Order.ts");
    expect(outputProblems(files.slice(1), "gen")).toEqual([]);
  });
});

describe("parseManifest", () => {
  const hash = hashOf("x");
  it.each([
    ["no JSON", "{"],
    ["another version", JSON.stringify({ version: 2, generator: "1", files: {} })],
    ["a list", "[]"],
    ["no language", JSON.stringify({ version: 1, generator: "1", files: {} })],
    ["no files", JSON.stringify({ version: 1, language: "x", generator: "1" })],
    [
      "a path that escapes",
      JSON.stringify({ version: 1, language: "x", generator: "1", files: { "../x": hash } }),
    ],
    [
      "an absolute path",
      JSON.stringify({ version: 1, language: "x", generator: "1", files: { "/etc/x": hash } }),
    ],
    [
      "itself",
      JSON.stringify({
        version: 1,
        language: "x",
        generator: "1",
        files: { [manifestName]: hash },
      }),
    ],
    [
      "a short hash",
      JSON.stringify({ version: 1, language: "x", generator: "1", files: { x: "00" } }),
    ],
  ])("refuses %s", (_name, text) => {
    expect(parseManifest(text).kind).toBe("fault");
  });
});
