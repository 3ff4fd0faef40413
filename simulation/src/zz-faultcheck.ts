import { faults } from "/work/main/simulation/src/faults.ts";
import { simulate } from "/work/main/simulation/src/simulate.ts";
const only = process.argv[2];
for (const fault of faults) {
  if (only && fault.name !== only) continue;
  let found;
  const t = performance.now();
  let seed = 1;
  for (; seed <= 60; seed++) { const o = await simulate(seed, fault); if (o.violations.length) { found = o; break; } }
  console.log((found ? "found" : "MISSED"), fault.name, "seed", seed, Math.round(performance.now()-t)+"ms", found ? found.violations[0]!.rule + ": " + found.violations[0]!.detail.slice(0,150) : "");
}
const a = await simulate(5), b = await simulate(5); console.log(a.hash===b.hash, a.hash);
