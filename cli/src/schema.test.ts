import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { schemaCommand } from "./commands/schema.ts";
import { makeWorkspace, nexus, type Workspace } from "./testing/run.ts";

const schema = `syntax = "proto3";
package shop.v1;

message Order {
  string id = 1;
  int32 count = 2;
}
`;
const config = JSON.stringify({
  inputs: ["schema"],
  targets: [{ language: "typescript", out: "gen" }],
});
const file = "schema/shop/v1/shop.proto";

function project(): Workspace {
  return makeWorkspace({ [file]: schema, "nexus.config.json": config });
}

describe("nexus schema", () => {
  it("says how its subcommands are used", () => {
    const [check] = schemaCommand().commands;
    let text = "";
    check?.configureOutput({
      writeOut: (part) => {
        text += part;
      },
      getOutHelpWidth: () => 100,
    });
    check?.outputHelp();
    expect(text).toMatchSnapshot();
  });
});

describe("nexus schema check", () => {
  it("finds every problem of a schema, or says that there is none", async () => {
    using workspace = project();
    const { folder } = workspace;
    const fine = await nexus(["schema", "check"], { folder });
    expect(fine).toEqual({ code: 0, out: "1 file, no errors\n", errors: "" });
    workspace.write(file, `${schema}message Broken {\n  Nothing a = 1;\n  string b = 1;\n}\n`);
    const broken = await nexus(["schema", "check"], { folder });
    expect(broken).toMatchObject({ code: 1, out: "" });
    expect(broken.errors).toContain(`${file}:9:3: error: `);
    expect(broken.errors).toContain(`${file}:10:`);
    const json = await nexus(["schema", "check", "--json"], { folder });
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out).problems).toHaveLength(2);
  });

  it("compares with a folder: all findings at once, with place, rule and remedy", async () => {
    using workspace = project();
    const { folder } = workspace;
    workspace.write("old/shop/v1/shop.proto", schema);
    const check = ["schema", "check", "--against", "old"];
    expect(await nexus(check, { folder })).toEqual({ code: 0, out: "identical\n", errors: "" });

    workspace.write(file, schema.replace("int32 count", "int64 count"));
    const lossy = await nexus(check, { folder });
    expect(lossy).toMatchObject({ code: 0, out: "lossy: 1 lossy\n" });
    expect(lossy.errors).toContain(`${file}:6:9: lossy: shop.v1.Order.count: the type changed`);
    expect(lossy.errors).toContain("(field-type-range)\n  help: ");
    expect(await nexus([...check, "--fail-on", "lossy"], { folder })).toMatchObject({ code: 1 });

    const changed = "  bytes id = 1;\n  string note = 3;\n";
    workspace.write(file, schema.replace(/ {2}string id[^}]*/, changed));
    const breaking = await nexus(check, { folder });
    expect(breaking).toMatchObject({ code: 1, out: "breaking: 2 breaking, 1 compatible\n" });
    expect(breaking.errors).toContain(
      `${file}:4:9: breaking: shop.v1.Order.count: field 2 "count"`,
    );
    expect(breaking.errors).toContain(`${file}:5:9: breaking: shop.v1.Order.id: the type changed`);
  });

  it("prints all as JSON, with both places and a verdict for every declaration", async () => {
    using workspace = project();
    const { folder } = workspace;
    workspace.write(
      "old.proto",
      schema.replace("string id = 1;", "string id = 1;\n  bool on = 3;"),
    );
    const check = ["schema", "check", file, "--against", "old.proto", "--json"];
    const { code, out, errors } = await nexus(check, { folder });
    expect({ code, errors }).toEqual({ code: 1, errors: "" });
    expect(JSON.parse(out)).toEqual({
      ok: false,
      verdict: "breaking",
      against: "old.proto",
      problems: [],
      changes: [
        {
          kind: "field-removed",
          verdict: "breaking",
          path: "shop.v1.Order.on",
          place: { file, line: 4, column: 9 },
          before: { file: "old.proto", line: 6, column: 8 },
          message: expect.stringContaining('field 3 "on" is gone'),
          help: expect.stringContaining("reserve"),
        },
      ],
      subjects: [{ kind: "message", name: "shop.v1.Order", verdict: "breaking" }],
    });
  });

  it("compares with a commit, from any folder below, and knows what is new since", async () => {
    using workspace = project();
    if (!commit(workspace, "first")) return;
    const { folder } = workspace;
    workspace.write(file, schema.replace("string id = 1", "string key = 1"));
    workspace.write(
      "schema/shop/v1/more.proto",
      'syntax = "proto3";\npackage shop.v1;\nmessage M {}\n',
    );
    const check = ["schema", "check", "--against", "HEAD"];
    const deep = await nexus([...check, "--json"], { folder: `${folder}/schema/shop` });
    expect(deep.errors).toBe("");
    const kinds = JSON.parse(deep.out).changes.map((change: { kind: string }) => change.kind);
    expect(kinds).toEqual(["message-added", "field-renamed"]);
    commit(workspace, "second");
    expect(await nexus(check, { folder })).toMatchObject({ code: 0, out: "identical\n" });
    const before = await nexus(["schema", "check", "--against", "HEAD~1"], { folder });
    expect(before).toMatchObject({ code: 1, out: "breaking: 1 breaking, 1 compatible\n" });
  });

  it("says where a file that is gone was, and what is wrong in the old version", async () => {
    using workspace = project();
    const text = 'syntax = "proto3";\npackage shop.v1;\nservice Old {}\n';
    workspace.write("schema/shop/v1/old.proto", text);
    if (!commit(workspace, "first")) return;
    const { folder } = workspace;
    spawnSync("git", ["rm", "-q", "schema/shop/v1/old.proto"], { cwd: folder });
    const gone = await nexus(["schema", "check", "--against", "HEAD"], { folder });
    expect(gone.code).toBe(1);
    expect(gone.errors).toContain("HEAD:schema/shop/v1/old.proto:3:9: breaking: shop.v1.Old: ");
    workspace.write("schema/shop/v1/bad.proto", "message {}");
    commit(workspace, "bad");
    workspace.write("schema/shop/v1/bad.proto", 'syntax = "proto3";');
    const bad = await nexus(["schema", "check", "--against", "HEAD"], { folder });
    expect(bad.code).toBe(1);
    expect(bad.errors).toContain("HEAD:schema/shop/v1/bad.proto:1:");
  });

  it("exits 2 where there is nothing to compare with", async () => {
    using workspace = project();
    const { folder } = workspace;
    const check = async (...rest: readonly string[]) =>
      nexus(["schema", "check", "--against", ...rest], { folder });
    const outside = await check("main");
    expect(outside).toMatchObject({ code: 2, out: "" });
    expect(outside.errors).toContain('"main" is no file or folder, and this is no git repository');
    if (!commit(workspace, "first")) return;
    for (const name of ["nowhere", "--output=x", "HEAD:schema"]) {
      const unknown = await check(name);
      expect(unknown.code).toBe(2);
      expect(unknown.errors).toContain(`"${name}" is no file, folder, branch, tag or commit`);
    }
    workspace.write("fresh/a.proto", schema);
    const fresh = await check("HEAD", "fresh");
    expect(fresh.code).toBe(2);
    expect(fresh.errors).toContain('"HEAD" has none of fresh');
  });
});

/** False where git is not installed. */
function commit({ folder }: Workspace, name: string): boolean {
  const run = (...commandLine: readonly string[]): boolean =>
    spawnSync("git", commandLine, {
      cwd: folder,
      env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
    }).status === 0;
  const who = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.com"];
  const isMade = run("init", "-q") && run("add", "-A") && run(...who, "commit", "-qm", name);
  if (!isMade) {
    console.warn("left out: git is not here");
    expect(process.env.NEXUS_REQUIRE).not.toBe("all");
  }
  return isMade;
}
