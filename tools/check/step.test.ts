import { expect, it } from "vitest";
import { runSteps } from "./step.ts";

const step = (name: string, script: string) => ({
  name,
  command: [process.execPath, "-e", script] as const,
  folder: ".",
});

it("runs every step, also after one that fails, and keeps what each printed", async () => {
  const steps = [
    step("fails", "console.error('why'); process.exit(3)"),
    step("works", "console.log('fine')"),
    { name: "is missing", command: ["nexus-no-such-program"] as const, folder: "." },
  ];
  const ended: string[] = [];
  const results = await runSteps(steps, { lanes: 1, onEnd: ({ name }) => ended.push(name) });
  expect(ended).toEqual(["fails", "works", "is missing"]);
  expect(results.map(({ ok }) => ok)).toEqual([false, true, false]);
  expect(results[0]?.output).toContain("why");
  expect(results[2]?.output).toContain("could not start nexus-no-such-program");
});
