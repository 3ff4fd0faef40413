import { symlinkSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fileBytesMax, load } from "./load.ts";
import { emptySchema, makeWorkspace, type Workspace } from "./testing/workspace.ts";

function importing(...paths: readonly string[]): string {
  return emptySchema + paths.map((path) => `import ${JSON.stringify(path)};\n`).join("");
}

function loadFrom(workspace: Workspace, inputs: readonly string[], roots?: readonly string[]) {
  return load({
    base: workspace.folder,
    workingFolder: workspace.folder,
    inputs,
    ...(roots === undefined ? {} : { roots }),
  });
}

describe("load", () => {
  it("takes a folder as a root and follows imports, each file once, in stable order", () => {
    using workspace = makeWorkspace({
      "schema/b/two.proto": importing("a/one.proto", "google/protobuf/timestamp.proto"),
      "schema/a/one.proto": importing(),
      "schema/node_modules/x/no.proto": "",
      "schema/.hidden/no.proto": "",
    });
    const loaded = loadFrom(workspace, ["schema"]);
    expect(loaded.files.map((file) => file.path)).toEqual(["a/one.proto", "b/two.proto"]);
    expect(loaded.inputs).toEqual(["a/one.proto", "b/two.proto"]);
    expect(loaded.locations.get("a/one.proto")).toBe(workspace.path("schema/a/one.proto"));
    expect(loaded.problems).toEqual([]);
  });

  it("finds the root of a named file by its imports, and files without imports go by the others'", () => {
    using workspace = makeWorkspace({
      "schema/orders/v1/orders.proto": importing("orders/v1/money.proto"),
      "schema/orders/v1/money.proto": importing(),
      "plain.proto": importing(),
    });
    const deep = ["schema/orders/v1/orders.proto", "schema/orders/v1/money.proto"];
    expect(loadFrom(workspace, deep).inputs).toEqual([
      "orders/v1/money.proto",
      "orders/v1/orders.proto",
    ]);
    const onlyOne = loadFrom(workspace, ["schema/orders/v1/orders.proto"]);
    expect(onlyOne.inputs).toEqual(["orders/v1/orders.proto"]);
    expect(onlyOne.files).toHaveLength(2);
    expect(loadFrom(workspace, ["plain.proto"]).inputs).toEqual(["plain.proto"]);
  });

  it("looks imports up in the given roots, the first one first", () => {
    using workspace = makeWorkspace({
      "app/main.proto": importing("common/types.proto"),
      "first/common/types.proto": `${emptySchema}// first`,
      "second/common/types.proto": `${emptySchema}// second`,
    });
    const loaded = loadFrom(workspace, ["app/main.proto"], ["app", "first", "second"]);
    expect(loaded.files[0]?.text).toContain("// first");
    const outside = loadFrom(workspace, ["app/main.proto"], ["first"]);
    expect(outside.problems[0]).toMatchObject({
      place: "app/main.proto",
      help: "add its folder to `roots`",
    });
    expect(loadFrom(workspace, ["app/main.proto"], ["nowhere"]).problems[0]?.message).toBe(
      "the root is no folder",
    );
  });

  it.each([
    ["/etc/passwd", "is absolute"],
    ["../secret.proto", "contains `..`"],
    ["a/../../secret.proto", "contains `..`"],
    ["https://example.com/x.proto", "is a URL"],
    ["file:///etc/passwd", "is a URL"],
    ["C:/x.proto", "names a drive"],
    ["./a.proto", "contains an empty segment"],
    ["a//b.proto", "contains an empty segment"],
    ["a\\b.proto", "contains a backslash"],
    ["", "is empty"],
  ])("refuses the import %j", (path, fault) => {
    using workspace = makeWorkspace({ "schema/a.proto": importing(path), "secret.proto": "" });
    const loaded = loadFrom(workspace, ["schema"]);
    expect(loaded.files).toHaveLength(1);
    expect(loaded.diagnostics).toHaveLength(1);
    expect(loaded.diagnostics[0]).toMatchObject({
      rule: "import-path",
      file: "a.proto",
      position: { line: 2 },
    });
    expect(loaded.diagnostics[0]?.message).toContain(fault);
  });

  it("says where it looked for an import that is not there", () => {
    using workspace = makeWorkspace({ "schema/a.proto": importing("b.proto") });
    expect(loadFrom(workspace, ["schema"]).diagnostics[0]).toMatchObject({
      rule: "import-not-found",
      message: 'the import "b.proto" is not there',
      help: expect.stringContaining("looked in schema;"),
    });
  });

  it("refuses links that lead out of a root, by import and by folder", () => {
    using workspace = makeWorkspace({
      "outside/secret.proto": importing(),
      "schema/a.proto": importing("linked/secret.proto"),
    });
    symlinkSync(workspace.path("outside"), workspace.path("schema/linked"));
    const byImport = loadFrom(workspace, ["schema/a.proto"], ["schema"]);
    expect(byImport.diagnostics[0]?.message).toContain("leads out of the root");
    symlinkSync(workspace.path("outside/secret.proto"), workspace.path("schema/b.proto"));
    const byFolder = loadFrom(workspace, ["schema"]);
    expect(byFolder.problems[0]).toMatchObject({ place: "schema/b.proto" });
    expect(byFolder.files.map((file) => file.path)).toEqual(["a.proto"]);
  });

  it("refuses one file by two paths, a missing input, a folder without schemas, and other files", () => {
    using workspace = makeWorkspace({
      "schema/a.proto": importing(),
      "schema/deep/b.proto": importing("a.proto", "deep/b.proto"),
      "empty/readme.md": "",
    });
    symlinkSync(workspace.path("schema/a.proto"), workspace.path("schema/c.proto"));
    symlinkSync(workspace.path("schema/gone.proto"), workspace.path("schema/d.proto"));
    expect(loadFrom(workspace, ["schema"]).problems[0]?.message).toContain(
      'reached as "a.proto" and as "c.proto"',
    );
    const messages = loadFrom(workspace, ["gone", "empty", "empty/readme.md"]).problems.map(
      (problem) => problem.message,
    );
    expect(messages).toEqual([
      "there is no such file or folder",
      "there is no .proto file in this folder",
      "the input is no .proto file",
    ]);
  });

  it("refuses a file that is too large or no UTF-8", () => {
    using workspace = makeWorkspace({ "schema/a.proto": " ".repeat(fileBytesMax + 1) });
    workspace.write("schema/b.proto", "");
    expect(loadFrom(workspace, ["schema"]).problems[0]?.message).toContain("larger than");
  });
});
