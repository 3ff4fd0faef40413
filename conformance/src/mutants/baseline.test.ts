import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeTls, type Tls } from "../runner/certificates.ts";
import { languages } from "../runner/languages.ts";
import { loadTemplates } from "../runner/load.ts";
import { readOptions } from "../runner/options.ts";
import { languagePlans } from "../runner/plans.ts";
import { runPlan } from "../runner/schedule.ts";

/** Says hello, holds nothing, and fails every order with an error that no case expects. */
const fails = {
  instead: ({ op }: Readonly<Record<string, unknown>>) => {
    if (op === "hello") return undefined;
    if (op === "state") return { ok: {} };
    return { failed: { code: "BASELINE", message: "this adapter can do nothing" } };
  },
};

describe("an adapter that fails everything", () => {
  let tls: Tls;

  beforeAll(async () => {
    tls = await makeTls();
  });

  afterAll(() => tls.remove());

  it("passes no case of any family that needs an adapter", { timeout: 120_000 }, async () => {
    const options = readOptions(["--lang", "node"]);
    const [plan] = languagePlans(loadTemplates(), languages(), options);
    if (plan === undefined) throw new Error("there is no plan for node");
    // The middle case of each family: the whole of it would only wait longer.
    const families = Map.groupBy(plan.cases, ({ template }) => template.family);
    const cases = [...families.values()].flatMap((all) => all[Math.floor(all.length / 2)] ?? []);
    const results = await runPlan({ ...plan, cases }, { tls, lanes: 16, interference: fails });
    expect(results.filter(({ outcome }) => outcome.passed).map((result) => result.case.id)).toEqual(
      [],
    );
    expect(results.length).toBe(cases.length);
    expect(families.size).toBeGreaterThan(12);
  });
});
