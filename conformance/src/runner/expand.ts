/** From templates to the cases of one language. The runner alone decides what applies: an adapter cannot answer "skip". */
import type { Transport } from "../referee/duplex.ts";
import { type AxisValue, type Case, type Level, levels, type Template } from "./template.ts";

export interface Candidate {
  readonly name: string;
  readonly level: Level;
  readonly transports: readonly Transport[];
  readonly features: ReadonlySet<string>;
}

export interface Filter {
  readonly family?: string;
  readonly case?: string;
  readonly level?: Level;
}

const rank = (level: Level): number => levels.indexOf(level);

/** Whether the template is the candidate's to pass: its level and its features say so, nothing else. */
export function applies(template: Template, candidate: Candidate): boolean {
  const isRouter = candidate.name === "router";
  return (
    (template.subject === "router") === isRouter &&
    rank(template.level) <= rank(candidate.level) &&
    template.requires.every((feature) => candidate.features.has(feature))
  );
}

export function matches(template: Template, filter: Filter): boolean {
  const { family, level } = filter;
  const wanted = filter.case;
  if (family !== undefined && template.family !== family && !template.id.startsWith(`${family}.`))
    return false;
  if (level !== undefined && rank(template.level) > rank(level)) return false;
  return wanted === undefined || wanted === template.id || wanted.startsWith(`${template.id}[`);
}

/** Every combination of the axes' values; where the stage has links, of the candidate's transports too. */
export function casesOf(template: Template, candidate: Candidate): readonly Case[] {
  const { transport: named, ...axes } = template.axes;
  const hasLinks = template.stage !== "none";
  const transports: readonly AxisValue[] = !hasLinks
    ? []
    : named === undefined
      ? candidate.transports.slice(0, 1)
      : candidate.transports.filter((each) => named.includes(each) || named.includes("all"));
  const all = hasLinks ? { ...axes, transport: transports } : axes;
  return combinations(Object.entries(all)).map((values) => {
    const { transport } = values;
    const shown = Object.entries(values).filter(
      ([key]) => key !== "transport" || named !== undefined,
    );
    const suffix = shown.map(([key, value]) => `${key}=${value}`).join(",");
    return {
      id: suffix === "" ? template.id : `${template.id}[${suffix}]`,
      template,
      values,
      transport: (transport ?? "tcp") as Transport,
    };
  });
}

function combinations(
  axes: readonly (readonly [string, readonly AxisValue[]])[],
): readonly Readonly<Record<string, AxisValue>>[] {
  const [first, ...rest] = axes;
  if (first === undefined) return [{}];
  const [name, values] = first;
  return values.flatMap((value) =>
    combinations(rest).map((others) => ({ [name]: value, ...others })),
  );
}
