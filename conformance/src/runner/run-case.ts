/** Plays one case from its setup to its end, and says whether it passed. The end is the same for all: nothing may be left. */
import { RefereeFault } from "../referee/link.ts";
import type { Heard } from "../referee/transcript.ts";
import { adapterStep, awaitStep, Failed } from "./adapter-steps.ts";
import { mismatches, shown } from "./match.ts";
import { peerStep, routerStep, tapStep, wireStep } from "./referee-steps.ts";
import { type Actor, Stage, type StageOptions } from "./stage.ts";
import type { Step } from "./template.ts";
import { BadCase } from "./words.ts";

const LEFT_MS = 3_000;
const POLL_MS = 4;
const REPEAT_MAX = 10_000;

export interface Outcome {
  readonly passed: boolean;
  /** Why not: the step and what was seen. */
  readonly message: string;
  readonly step: number;
  readonly milliseconds: number;
  readonly transcript: readonly Heard[];
}

type Words = Readonly<Record<string, unknown>>;

/** `$name` in place of a whole text is the variable, `${name}` inside one its text. */
function filled(value: unknown, variables: ReadonlyMap<string, unknown>): unknown {
  if (typeof value === "string") {
    const whole = /^\$([a-z][A-Za-z0-9_]*)$/.exec(value)?.[1];
    if (whole !== undefined && variables.has(whole)) return variables.get(whole);
    return value.replaceAll(/\$\{([A-Za-z0-9_]+)\}/g, (_, name: string) =>
      String(variables.get(name)),
    );
  }
  if (Array.isArray(value)) return value.map((each) => filled(each, variables));
  if (Buffer.isBuffer(value) || typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, filled(each, variables)]),
  );
}

async function play(stage: Stage, raw: Step): Promise<void> {
  if (raw.repeat !== undefined) return repeat(stage, raw);
  if (!concerns(raw.when, stage)) return;
  const step = filled(raw, stage.variables) as Step;
  if (step.a !== undefined) await adapterStep(stage, "a", step);
  else if (step.b !== undefined) await adapterStep(stage, "b", step);
  else if (step.await !== undefined) await awaitStep(stage, step);
  else if (step.r !== undefined) await routerStep(stage, step);
  else if (step.p !== undefined) await peerStep(stage, step);
  else if (step.tap !== undefined) tapStep(stage, step);
  else if (step.wire !== undefined) await wireStep(stage, step);
  else if (step.router !== undefined) await realRouterStep(stage, step);
  else throw new BadCase(`no step in ${JSON.stringify(step)}`);
}

/** `when: {way: decode}`: the step belongs to cases with this value of the axis alone. */
function concerns(when: unknown, stage: Stage): boolean {
  if (typeof when !== "object" || when === null) return true;
  return Object.entries(when).every(([axis, value]) => stage.case.values[axis] === value);
}

async function repeat(stage: Stage, step: Step): Promise<void> {
  const count = Math.min(Number(filled(step.repeat, stage.variables)), REPEAT_MAX);
  for (let number = 0; number < count; number++) {
    stage.variables.set("i", number);
    stage.variables.set("n", number + 1);
    stage.variables.set("more", number + 2);
    stage.variables.set("odd", number * 2 + 1);
    stage.variables.set("even", number * 2 + 2);
    for (const each of step.steps as readonly Step[]) await play(stage, each);
  }
}

async function realRouterStep(stage: Stage, step: Step): Promise<void> {
  const { stop, start, drain, stats } = step.router as Words;
  if (stop === true) await stage.router?.close();
  if (start === true) await stage.startRouter();
  if (drain !== undefined)
    stage.pending.set(
      "drain",
      (stage.router?.drain({ graceMs: Number(drain) }) ?? Promise.resolve()).then(() => ({
        ok: {},
      })),
    );
  if (stats !== undefined) await statsReach(stage, stats);
}

async function statsReach(stage: Stage, expected: unknown): Promise<void> {
  const until = Date.now() + LEFT_MS;
  for (;;) {
    const found = mismatches(expected, stage.router?.stats());
    if (found.length === 0) return;
    if (Date.now() >= until) throw new Failed(`the router: ${found.join("; ")}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** `setup: {link: true, serve: true}`: what most cases begin with. */
async function setUp(stage: Stage): Promise<void> {
  const { link, serve, sub } = stage.case.template.setup;
  const isScripted = stage.case.template.stage === "scripted";
  if (link === true && isScripted) {
    await play(stage, { a: { op: "client.open" }, as: "open" });
    await play(stage, { r: { welcome: true } });
    await play(stage, { await: "open" });
  } else if (link === true) await play(stage, { a: { op: "client.open" } });
  if (sub !== undefined) await subscribed(stage, sub as Words, isScripted);
  if (serve !== true) return;
  if (isScripted) {
    await play(stage, { a: { op: "serve" }, as: "served" });
    await play(stage, { r: { read: { type: "REGISTER" } }, bind: { registration: "stream" } });
    await play(stage, { r: { send: { type: "REGISTERED", stream: "$registration" } } });
    await play(stage, { await: "served" });
  } else {
    await play(stage, { b: { op: "client.open", link: "provider" } });
    await play(stage, { b: { op: "serve", link: "provider" } });
  }
}

/** `sub: {topic: Sure, ...}`: a subscription `s`, of `a` where the router is scripted, else of `b` by a link of its own. */
async function subscribed(stage: Stage, words: Words, isScripted: boolean): Promise<void> {
  const { answer, ...order } = words;
  const op = { op: "sub.open", sub: "s", ...order };
  if (!isScripted) {
    await play(stage, { b: { op: "client.open", link: "subscriber" } });
    await play(stage, { b: { ...op, link: "subscriber" } });
    return;
  }
  await play(stage, { a: op, as: "subscribed" });
  await play(stage, { r: { read: { type: "SUBSCRIBE" } }, bind: { s: "stream" } });
  const payload = { pb: { 1: 1, ...((answer as Words) ?? {}) } };
  await play(stage, { r: { send: { type: "SUBSCRIBED", stream: "$s", payload } } });
  await play(stage, { await: "subscribed" });
}

const processesOf = (actors: Readonly<Record<string, Actor>>): readonly Actor[] => [
  ...new Map(Object.values(actors).map((actor) => [actor.process, actor])).values(),
];

async function stateOf(actor: Actor): Promise<unknown> {
  const { ok, broken } = await actor.process.order({ op: "state" });
  if (broken !== undefined) throw new Failed(String(broken));
  return ok;
}

/** Every case ends as it began: no link, stream, subscription, handler, socket or timer is left. */
async function nothingLeft(before: ReadonlyMap<Actor, unknown>): Promise<void> {
  const until = Date.now() + LEFT_MS;
  for (const [actor, expected] of before)
    for (;;) {
      const found = mismatches(expected, await stateOf(actor));
      if (found.length === 0) break;
      if (Date.now() >= until)
        throw new Failed(`${actor.language} holds something after the case: ${found.join("; ")}`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
}

/** The subscription of the setup is the runner's to close; one that the case has closed itself is not there any more. */
async function closeSubscription(stage: Stage): Promise<void> {
  const { template } = stage.case;
  if (template.setup.sub === undefined) return;
  const actor = stage.actor(template.stage === "scripted" ? "a" : "b");
  await actor.process.order({ op: "sub.close", sub: `${actor.name}:s` });
}

async function finish(stage: Stage, before: ReadonlyMap<Actor, unknown>): Promise<void> {
  await closeSubscription(stage);
  for (const [link, actor] of [...stage.opened])
    await actor.process.order({ op: "client.close", link });
  for (const answer of stage.pending.values()) await answer;
  if (stage.router !== undefined && stage.case.template.subject === "sdk" && stage.peers.size === 0)
    await statsReach(stage, { callsInFlight: 0, subscriptions: 0 });
  await nothingLeft(before);
  // A case that damages frames itself finds them damaged further on.
  const faults = stage.case.template.setup.damaged === true ? [] : stage.strictFaults();
  if (faults.length > 0) throw new Failed(`the wire: ${faults.slice(0, 5).join("; ")}`);
}

export async function runCase(options: StageOptions): Promise<Outcome> {
  const began = performance.now();
  const stage = new Stage(options);
  let at = 0;
  let message = "";
  try {
    const before = new Map<Actor, unknown>();
    for (const actor of processesOf(options.actors)) before.set(actor, await stateOf(actor));
    await stage.build();
    await setUp(stage);
    for (const step of options.case.template.steps) {
      at += 1;
      await play(stage, step);
    }
    at = 0;
    await finish(stage, before);
  } catch (error) {
    message = reasonOf(error);
    await abandon(stage);
  }
  await stage.teardown();
  return {
    passed: message === "",
    message,
    step: at,
    milliseconds: performance.now() - began,
    transcript: message === "" ? [] : stage.transcript.entries,
  };
}

/** After a failure links are closed all the same, so that the next case is judged for itself. */
async function abandon(stage: Stage): Promise<void> {
  for (const [link, actor] of stage.opened) await actor.process.order({ op: "client.close", link });
}

function reasonOf(error: unknown): string {
  if (error instanceof Failed || error instanceof BadCase) return error.message;
  if (error instanceof RefereeFault) return `the wire: ${error.message}`;
  return `the runner: ${error instanceof Error ? (error.stack ?? error.message) : shown(error)}`;
}
