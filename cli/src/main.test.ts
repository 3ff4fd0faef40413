import { describe, expect, it } from "vitest";
import { buildProgram } from "./main.ts";
import { makeWorkspace, nexus } from "./testing/run.ts";

describe("help", () => {
  it("stays as it is for nexus and for every command", () => {
    const program = buildProgram().configureHelp({ helpWidth: 100 });
    const texts = [program, ...program.commands].map((command) => {
      let text = "";
      command.configureOutput({
        writeOut: (part) => {
          text += part;
        },
        getOutHelpWidth: () => 100,
      });
      command.outputHelp();
      return text;
    });
    expect(texts.join(`\n${"=".repeat(80)}\n`)).toMatchSnapshot();
    for (const text of texts.slice(1)) expect(text).toContain("Examples:");
  });
});

describe("wrong usage", () => {
  it.each([
    [["genrate"], "Did you mean generate?"],
    [["bogus"], 'run "nexus --help"'],
    [["generate", "--lnag", "python"], "Did you mean --lang?"],
    [["generate", "x.proto"], "files need --lang"],
    [["generate", "--out", "x"], "--out is for named files"],
    [["generate"], 'run "nexus init"'],
    [["call"], "missing required argument 'method'"],
    [["call", "A/b", "--timeout", "soon"], "write a time such as 500ms"],
    [["start", "--log-format", "xml"], "Allowed choices are text, json"],
    [["subscribe", "a", "--count", "none"], "write a whole number"],
  ])("%j exits 2 and says what to do", async (commandLine, text) => {
    using workspace = makeWorkspace();
    const { code, out, errors } = await nexus(commandLine, { folder: workspace.folder });
    expect(errors).toContain(text);
    expect(out).toBe("");
    expect(errors).not.toContain("    at ");
    expect(code).toBe(2);
  });

  it("shows help without arguments and the version on request", async () => {
    using workspace = makeWorkspace();
    const plain = await nexus([], { folder: workspace.folder });
    expect(plain).toMatchObject({ code: 0, errors: "" });
    expect(plain.out).toContain("Usage: nexus");
    const version = await nexus(["--version"], { folder: workspace.folder });
    expect(version.out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
