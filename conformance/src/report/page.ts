/** The page for people: family by language, language by language; a failing cell opens what was expected and what was seen. */
import { type KnownFailure, type Status, statusOf } from "../runner/known.ts";
import type { Result } from "../runner/schedule.ts";
import type { Report } from "./files.ts";

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const style = `
:root{color-scheme:light dark;--line:#8884;--ok:#1a7f37;--bad:#cf222e;--known:#9a6700}
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2.2rem}
table{border-collapse:collapse;width:100%}th,td{border-bottom:1px solid var(--line);padding:.35rem .6rem;text-align:right}
th:first-child,td:first-child{text-align:left}thead th{position:sticky;top:0;background:Canvas}
.ok{color:var(--ok)}.bad{color:var(--bad);font-weight:600}.known{color:var(--known)}.none{opacity:.4}
details{border:1px solid var(--line);border-radius:6px;margin:.5rem 0;padding:.4rem .8rem}
summary{cursor:pointer}pre{overflow:auto;font-size:12px;white-space:pre-wrap;word-break:break-all}
a{color:inherit}`;

interface Cell {
  readonly results: readonly Result[];
  readonly failed: number;
  readonly known: number;
}

function cellOf(results: readonly Result[], known: readonly KnownFailure[]): Cell {
  const count = (status: Status): number =>
    results.filter((result) => statusOf(result, known) === status).length;
  return { results, failed: count("failed"), known: count("knownFailing") };
}

function cellHtml({ results, failed, known }: Cell, anchor: string): string {
  if (results.length === 0) return '<td class="none">·</td>';
  if (failed > 0)
    return `<td class="bad"><a href="#${anchor}">${failed} of ${results.length} fail</a></td>`;
  const note = known > 0 ? ` <span class="known">(${known} known)</span>` : "";
  return `<td class="ok">${results.length}${note}</td>`;
}

const anchorOf = (who: string, family: string): string =>
  `${who}-${family}`.replaceAll(/[^a-z0-9-]/gi, "-");

function familyTable({ results, known }: Report): string {
  const languages = [...new Set(results.map(({ who }) => who))].filter((who) => !who.includes(":"));
  const families = [...new Set(results.map((result) => result.case.template.family))].sort();
  const head = languages.map((who) => `<th>${escaped(who)}</th>`).join("");
  const rows = families.map((family) => {
    const cells = languages.map((who) => {
      const own = results.filter(
        (result) => result.who === who && result.case.template.family === family,
      );
      return cellHtml(cellOf(own, known), anchorOf(who, family));
    });
    return `<tr><td>${escaped(family)}</td>${cells.join("")}</tr>`;
  });
  return `<table><thead><tr><th>Family</th>${head}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function pairTable({ results, known }: Report): string {
  const pairs = [...new Set(results.map(({ who }) => who))].filter((who) => who.includes(":"));
  if (pairs.length === 0) return "<p>No pairs ran.</p>";
  const names = [...new Set(pairs.flatMap((pair) => pair.split(":")))].sort();
  const rows = names.map((client) => {
    const cells = names.map((server) => {
      const who = `${client}:${server}`;
      const own = results.filter((result) => result.who === who);
      return cellHtml(cellOf(own, known), anchorOf(who, own[0]?.case.template.family ?? ""));
    });
    return `<tr><td>${escaped(client)}</td>${cells.join("")}</tr>`;
  });
  const head = names.map((name) => `<th>serves: ${escaped(name)}</th>`).join("");
  return `<table><thead><tr><th>calls</th>${head}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function failureHtml(result: Result, status: Status): string {
  const { outcome, who } = result;
  const { id } = result.case;
  const { clauses, steps } = result.case.template;
  const heard = outcome.transcript
    .map(
      (each) =>
        `${each.link} ${each.from.padEnd(7)} ${each.text}${each.hex && `\n    ${each.hex}`}`,
    )
    .join("\n");
  const expectation = steps[outcome.step - 1] ?? "what every case must hold at its end";
  return `<details id="${anchorOf(who, result.case.template.family)}"><summary class="${status === "failed" ? "bad" : "known"}">${escaped(who)} · ${escaped(id)}</summary>
<p>${escaped(clauses.join(", "))}, step ${outcome.step}</p>
<h4>Expectation</h4><pre>${escaped(JSON.stringify(expectation, null, 2))}</pre>
<h4>Observation</h4><pre>${escaped(outcome.message)}</pre>
<h4>The wire</h4><pre>${escaped(heard)}</pre></details>`;
}

export function page(report: Report): string {
  const { results, known, summary, problems } = report;
  const bad = results.filter((result) => !result.outcome.passed);
  const details = bad.map((result) => failureHtml(result, statusOf(result, known))).join("\n");
  const counts = `${results.length} cases, ${bad.length} not passed, mutants ${summary.mutants.killed} of ${summary.mutants.planted} killed`;
  const list = problems.map((problem) => `<li class="bad">${escaped(problem)}</li>`).join("");
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Nexus conformance ${summary.suite}</title><style>${style}</style></head><body>
<h1>Nexus conformance ${summary.suite}</h1><p>${counts}</p>${list && `<ul>${list}</ul>`}
<h2>Family by language</h2>${familyTable(report)}
<h2>Language by language</h2>${pairTable(report)}
<h2>What did not pass</h2>${details || "<p>Everything passed.</p>"}
<script>addEventListener("hashchange",()=>{const d=document.getElementById(location.hash.slice(1));if(d)d.open=true})</script>
</body></html>
`;
}
