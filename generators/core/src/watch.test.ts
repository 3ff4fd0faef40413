import { rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { makeWorkspace, testLanguages } from "./testing/workspace.ts";
import { watchGenerate } from "./watch.ts";

const schema = 'syntax = "proto3";\nmessage One {}\n';

describe("watchGenerate", () => {
  it("runs at once, again when a schema file changes, and ends when it is aborted", async () => {
    using workspace = makeWorkspace({ "schema/one.proto": schema });
    const stop = new AbortController();
    const seen: string[] = [];
    const runs = watchGenerate({
      read: async () => workspace.project(),
      languages: testLanguages,
      mode: "apply",
      signal: stop.signal,
    });
    for await (const run of runs) {
      seen.push(run.result?.isOk === true ? workspace.read("gen/one.txt") : "failed");
      if (seen.length === 1) workspace.write("schema/one.proto", schema.replace("One", "Two"));
      if (seen.length === 2) workspace.write("schema/one.proto", "message {");
      if (seen.length === 3) stop.abort();
    }
    expect(seen).toEqual(["One\n", "Two\n", "failed"]);
  });

  it("waits for a schema folder that was taken away", async () => {
    using workspace = makeWorkspace({ "schema/one.proto": schema });
    const stop = new AbortController();
    const seen: (boolean | undefined)[] = [];
    const runs = watchGenerate({
      read: async () => workspace.project(),
      languages: testLanguages,
      mode: "apply",
      signal: stop.signal,
    });
    for await (const run of runs) {
      seen.push(run.result?.isOk);
      if (seen.length === 1) rmSync(workspace.path("schema"), { recursive: true });
      if (run.result?.isOk === false) workspace.write("schema/one.proto", schema);
      if (seen.includes(false) && run.result?.isOk === true) stop.abort();
    }
    expect(seen.at(-1)).toBe(true);
    expect(seen).toContain(false);
  });

  it("reads the configuration anew when its file changes", async () => {
    using workspace = makeWorkspace({ "schema/one.proto": schema, "nexus.config.json": "one" });
    const stop = new AbortController();
    const seen: number[] = [];
    const runs = watchGenerate({
      read: async () =>
        workspace.read("nexus.config.json") === "one"
          ? workspace.project()
          : [{ severity: "error", message: "wrong" }],
      configFile: workspace.path("nexus.config.json"),
      languages: testLanguages,
      mode: "apply",
      signal: stop.signal,
    });
    for await (const run of runs) {
      seen.push(run.problems.length);
      if (seen.length === 1) workspace.write("nexus.config.json", "two");
      else stop.abort();
    }
    expect(seen).toEqual([0, 1]);
  });
});
