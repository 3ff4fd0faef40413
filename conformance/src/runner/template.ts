/** A template and the cases that it becomes: data alone, so that YAML and generators make the same thing. */
import type { Transport } from "../referee/duplex.ts";

export type Level = "core" | "standard" | "full";

export const levels: readonly Level[] = ["core", "standard", "full"];

/** Who is judged: a language's adapter, or the router itself. */
export type Subject = "sdk" | "router";

/** What stands at the other end of the adapter's links. */
export type Stage = "none" | "scripted" | "routed";

/** One key names the actor or the verb, the others are its words. See docs/guides/conformance.md. */
export type Step = Readonly<Record<string, unknown>>;

export interface Template {
  /** Begins with the family: `rpc.flow.stalls-at-zero-credit`. */
  readonly id: string;
  readonly family: string;
  /** Clauses of SPEC.md; a case of the codec names rules of protobuf as `PROTO-...`. */
  readonly clauses: readonly string[];
  readonly level: Level;
  readonly subject: Subject;
  readonly stage: Stage;
  readonly requires: readonly string[];
  /** Each value of each axis makes a case; `$name` in a step is the value. `transport` is one that the runner knows. */
  readonly axes: Readonly<Record<string, readonly AxisValue[]>>;
  /** Also between two languages: actor `b` is then the other one. */
  readonly pair: boolean;
  /** Why one witness is enough, where one is. */
  readonly witness?: string;
  readonly steps: readonly Step[];
  /** For the scripted router and the real one. */
  readonly setup: Readonly<Record<string, unknown>>;
}

export type AxisValue = string | number | boolean;

export interface Case {
  /** The template's id, with the values of its axes: `rpc.unary.echo[transport=tcp]`. */
  readonly id: string;
  readonly template: Template;
  readonly values: Readonly<Record<string, AxisValue>>;
  readonly transport: Transport;
}

export type TemplateInit = Partial<Omit<Template, "id" | "clauses" | "steps">> &
  Pick<Template, "id" | "clauses" | "steps">;

/** Families have one or two parts; the first two of an id name it. */
export function template(init: TemplateInit): Template {
  const family = init.family ?? init.id.split(".").slice(0, 2).join(".");
  return {
    level: "core",
    subject: "sdk",
    stage: "none",
    requires: [],
    axes: {},
    pair: false,
    setup: {},
    ...init,
    family,
  };
}
