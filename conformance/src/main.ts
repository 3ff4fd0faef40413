/** `npm run conformance`: the whole way of a run, from the command line to its exit code. */
import { makeTls } from "./runner/certificates.ts";
import { casesOf, applies, matches } from "./runner/expand.ts";
import { languages, routerCandidate } from "./runner/languages.ts";
import { loadTemplates } from "./runner/load.ts";
import { readOptions } from "./runner/options.ts";
import { type Result, runPlan } from "./runner/schedule.ts";

const options = readOptions(process.argv.slice(2));
const templates = loadTemplates();
const tls = await makeTls();
const all: Result[] = [];
const router = await runPlan({ who: "router", client: undefined, server: undefined, cases: (options.languages === undefined || options.languages.includes("router") ? templates : []).filter((each) => applies(each, routerCandidate) && matches(each, options)).flatMap((each) => casesOf(each, routerCandidate)) }, { tls, lanes: 4, onResult: ({ case: played, outcome }) => { if (!outcome.passed) console.log(`router FAIL ${played.id}: step ${outcome.step}: ${outcome.message}`); } });
console.log(`router: ${router.filter((each) => each.outcome.passed).length} of ${router.length}`);
for (const language of languages()) {
  if (options.languages !== undefined && !options.languages.includes(language.name)) continue;
  const cases = templates
    .filter((each) => applies(each, language) && matches(each, options))
    .flatMap((each) => casesOf(each, language))
    .filter((each) => options.case === undefined || each.id.startsWith(options.case));
  const began = performance.now();
  const results = await runPlan(
    { who: language.name, client: language, server: language, cases },
    {
      tls,
      lanes: 2,
      onResult: ({ case: played, outcome }) => {
        if (!outcome.passed || options.trace)
          console.log(`${language.name} ${outcome.passed ? "ok" : "FAIL"} ${played.id}: step ${outcome.step}: ${outcome.message}`);
        if (options.trace && !outcome.passed) for (const each of outcome.transcript) console.log(`   ${each.link} ${each.from}: ${each.text} ${each.hex}`);
      },
    },
  );
  all.push(...results);
  console.log(`${language.name}: ${results.filter((each) => each.outcome.passed).length} of ${results.length} in ${(performance.now() - began).toFixed(0)} ms`);
}
tls.remove();
process.exit(0);
