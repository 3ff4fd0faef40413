import { describe, expect, it } from "vitest";
import { makeWorkspace, nexus, startNexus } from "./testing/run.ts";

const schema = `syntax = "proto3";
package shop.v1;

message Order {
  string id = 1;
}
`;
const config = JSON.stringify({
  inputs: ["schema"],
  targets: [{ language: "typescript", out: "gen", options: { importExtension: "ts" } }],
});

function project() {
  return makeWorkspace({ "schema/shop/v1/shop.proto": schema, "nexus.config.json": config });
}

describe("nexus generate", () => {
  it("writes the config's targets, finds the config from below, and writes nothing twice", async () => {
    using workspace = project();
    const { folder } = workspace;
    const first = await nexus(["generate"], { folder });
    expect(first).toMatchObject({ code: 0, errors: "" });
    expect(first.out).toMatch(/^gen: typescript, \d+ created\n$/);
    expect(workspace.read("gen/shop/v1/shop.ts")).toContain("export interface Order");
    const second = await nexus(["generate"], { folder: `${folder}/schema/shop` });
    expect(second.out).toMatch(/\/gen: typescript, \d+ unchanged\n$/);
  });

  it("needs no config for named files, in each language", async () => {
    using workspace = makeWorkspace({ "shop.proto": schema });
    const { folder } = workspace;
    const one = await nexus(["generate", "--lang", "python", "--out", "gen", "shop.proto"], {
      folder,
    });
    expect(one).toMatchObject({ code: 0, errors: "" });
    const two = await nexus(["generate", "--lang", "typescript,node", "shop.proto", "-o", "two"], {
      folder,
    });
    expect(two).toMatchObject({ code: 0, errors: "" });
    expect(two.out).toContain("two/typescript: typescript");
    expect(two.out).toContain("two/node: node");
  });

  it("under --check exits 0 when fresh, 1 with a list when not", async () => {
    using workspace = project();
    const { folder } = workspace;
    const stale = await nexus(["generate", "--check"], { folder });
    expect(stale).toMatchObject({ code: 1, out: "" });
    expect(stale.errors).toContain("gen/shop/v1/shop.ts: new\n");
    expect(stale.errors).toContain('run "nexus generate"');
    await nexus(["generate"], { folder });
    expect(await nexus(["generate", "--check"], { folder })).toMatchObject({
      code: 0,
      out: "everything is fresh\n",
      errors: "",
    });
    workspace.write("gen/shop/v1/shop.ts", "// mine\n");
    const edited = await nexus(["generate", "--check", "--json"], { folder });
    expect(edited.code).toBe(1);
    const result = JSON.parse(edited.out);
    expect(result).toMatchObject({ ok: false, changed: true });
    expect(result.targets[0].files).toContainEqual({
      path: "shop/v1/shop.ts",
      action: "refuse",
      reason: "edited",
    });
    const refused = await nexus(["generate"], { folder });
    expect(refused).toMatchObject({ code: 1, out: "" });
    expect(refused.errors).toContain("use --force to overwrite");
    expect(await nexus(["generate", "--force"], { folder })).toMatchObject({ code: 0 });
  });

  it("prints every problem with its place and exits 1", async () => {
    using workspace = project();
    workspace.write(
      "schema/shop/v1/shop.proto",
      `${schema}message Broken {\n  Nothing a = 1;\n  string b = 1;\n}\n`,
    );
    const { code, out, errors } = await nexus(["generate"], { folder: workspace.folder });
    expect(code).toBe(1);
    expect(out).toBe("");
    expect(errors).toContain("schema/shop/v1/shop.proto:8:3: error: ");
    expect(errors).toContain("schema/shop/v1/shop.proto:9:");
    workspace.write("nexus.config.json", '{"input": []}');
    const wrong = await nexus(["generate"], { folder: workspace.folder });
    expect(wrong.errors).toContain('nexus.config.json: input: error: there is no key "input"');
    expect(wrong.errors).toContain('did you mean "inputs"?');
    expect(wrong.code).toBe(1);
  });

  it("reads YAML and TypeScript configs, refuses two, and narrows by --lang", async () => {
    using workspace = makeWorkspace({
      "schema/shop/v1/shop.proto": schema,
      "nexus.config.yaml": "inputs: [schema]\ntargets:\n  - {language: node, out: gen/node}\n",
    });
    const { folder } = workspace;
    expect(await nexus(["generate"], { folder })).toMatchObject({ code: 0 });
    const missing = await nexus(["generate", "--lang", "python"], { folder });
    expect(missing.code).toBe(2);
    expect(missing.errors).toContain("the config has no target for it");
    const text = `const out: string = "gen/ts";\nexport default { inputs: ["schema"], targets: [{ language: "typescript", out }] };\n`;
    workspace.write("nexus.config.ts", text);
    const both = await nexus(["generate"], { folder });
    expect(both.errors).toContain("there is more than one config file");
    const named = await nexus(["generate", "--config", "nexus.config.ts"], { folder });
    expect(named).toMatchObject({ code: 0, errors: "" });
  });

  it("explains a stage, of all types or of one", async () => {
    using workspace = project();
    const { folder } = workspace;
    const model = await nexus(["generate", "--explain", "model", "Order"], { folder });
    expect(JSON.parse(model.out)).toMatchObject({ kind: "message", fullName: "shop.v1.Order" });
    const wrong = await nexus(["generate", "--explain", "modell"], { folder });
    expect(wrong).toMatchObject({ code: 2, out: "" });
    expect(wrong.errors).toContain('did you mean "model"?');
  });

  it("watches, runs again on a change, and ends with 0", async () => {
    using workspace = project();
    const watching = startNexus(["generate", "--watch"], { folder: workspace.folder });
    await watching.line("watching");
    workspace.write("schema/shop/v1/shop.proto", schema.replace("id = 1", "number = 1"));
    await watching.line("updated");
    await watching.line("watching");
    expect(workspace.read("gen/shop/v1/shop.ts")).toContain("number");
    watching.child.kill("SIGINT");
    expect(await watching.ended).toMatchObject({ code: 0 });
  });
});
