/** Which cases whom: every language for itself, the pairs that were asked for, and the router. */
import { applies, type Candidate, casesOf, type Filter, matches } from "./expand.ts";
import { type Language, routerCandidate } from "./languages.ts";
import type { Options } from "./options.ts";
import type { Plan } from "./schedule.ts";
import type { Case, Template } from "./template.ts";

function casesFor(
  templates: readonly Template[],
  candidate: Candidate,
  filter: Filter,
): readonly Case[] {
  return templates
    .filter((template) => applies(template, candidate) && matches(template, filter))
    .flatMap((template) => casesOf(template, candidate))
    .filter(
      (each) =>
        filter.case === undefined || each.id === filter.case || each.template.id === filter.case,
    );
}

const filterOf = ({ family, level, ...options }: Options): Filter => ({
  ...(family !== undefined && { family }),
  ...(level !== undefined && { level }),
  ...(options.case !== undefined && { case: options.case }),
});

const named = (options: Options, name: string): boolean =>
  options.languages === undefined || options.languages.includes(name);

export function languagePlans(
  templates: readonly Template[],
  languages: readonly Language[],
  options: Options,
): readonly Plan[] {
  const filter = filterOf(options);
  const own = languages
    .filter(({ name }) => named(options, name))
    .map((language) => ({
      who: language.name,
      client: language,
      server: language,
      cases: casesFor(templates, language, filter),
    }));
  if (!named(options, "router")) return own;
  const router: Plan = {
    who: "router",
    client: undefined,
    server: undefined,
    cases: casesFor(templates, routerCandidate, filter),
  };
  return [router, ...own];
}

/** The star: every language with Node, in both roles. */
export function starPairs(languages: readonly Language[]): readonly (readonly [string, string])[] {
  const others = languages.map(({ name }) => name).filter((name) => name !== "node");
  if (!languages.some(({ name }) => name === "node")) return [];
  return others.flatMap((name) => [["node", name] as const, [name, "node"] as const]);
}

export function allPairs(languages: readonly Language[]): readonly (readonly [string, string])[] {
  const names = languages.map(({ name }) => name);
  return names.flatMap((client) =>
    names.filter((server) => server !== client).map((server) => [client, server] as const),
  );
}

/** The `pair` cases, on one transport each; a case that the server's language cannot serve is not the pair's. */
export function pairPlan(
  templates: readonly Template[],
  client: Language,
  server: Language,
  options: Options,
): Plan {
  const paired = templates
    .filter((template) => template.pair && applies(template, server))
    .map(({ axes: { transport: _, ...axes }, ...template }) => ({ ...template, axes }));
  return {
    who: `${client.name}:${server.name}`,
    client,
    server,
    cases: casesFor(paired, client, filterOf(options)),
  };
}
