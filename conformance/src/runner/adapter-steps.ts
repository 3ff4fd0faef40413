/** Steps that give an adapter an order, at once or in the background, and look at its answer. */
import type { Answer } from "./adapter-process.ts";
import { mismatches, shown } from "./match.ts";
import type { Actor, Stage } from "./stage.ts";
import type { Step } from "./template.ts";

const POLL_MS = 5;
const UNTIL_MS = 3_000;

export class Failed extends Error {}

const linkOps: ReadonlySet<string> = new Set([
  ...["client.open", "client.close", "client.drain", "call", "stream.open", "serve"],
  ...["sub.open", "pub", "pub.clear", "diagnostics"],
]);

type Words = Readonly<Record<string, unknown>>;

/** The order with what every order of its kind needs. */
async function completed(stage: Stage, actor: Actor, words: Words): Promise<Words> {
  const op = String(words.op);
  const withLink = linkOps.has(op) ? { link: "link", ...words } : words;
  const named =
    withLink.link === undefined
      ? withLink
      : { ...withLink, link: `${actor.name}:${withLink.link}` };
  const keyed = { ...named };
  for (const key of ["stream", "sub", "key"])
    if (typeof keyed[key] === "string")
      Object.assign(keyed, { [key]: `${actor.name}:${keyed[key]}` });
  if (op === "serve" && keyed.key === undefined)
    Object.assign(keyed, { key: `${actor.name}:echo` });
  if (op === "serve.drain" && keyed.key === undefined)
    Object.assign(keyed, { key: `${actor.name}:echo` });
  if (op !== "client.open") return keyed;
  const url = keyed.url ?? (await stage.urlFor(actor));
  const secure = actor.transport === "tls" && keyed.ca === undefined;
  const { ca, otherCa } = stage.options.tls;
  if (keyed.ca === "other") return { ...keyed, url, ca: otherCa };
  return { ...keyed, url, ...(secure ? { ca } : {}) };
}

async function give(stage: Stage, actor: Actor, words: Words): Promise<Answer> {
  const order = await completed(stage, actor, words);
  const answer = await actor.process.order(order);
  const name = String(order.link);
  if (order.op === "client.open" && answer.ok !== undefined) stage.opened.set(name, actor);
  if (order.op === "client.close" || order.op === "client.drain") stage.opened.delete(name);
  return answer;
}

/** Answers without `id`, as cases expect them. */
export function judge(answer: Answer, expected: unknown, what: string): void {
  if (answer.broken !== undefined) throw new Failed(`${what}: ${String(answer.broken)}`);
  const { id: _, ...told } = answer;
  const found = mismatches(expected ?? { ok: {} }, told);
  if (found.length > 0)
    throw new Failed(`${what}: the adapter's answer: ${found.join("; ")} in ${shown(told)}`);
}

export async function adapterStep(stage: Stage, name: string, step: Step): Promise<void> {
  const actor = stage.actor(name);
  const words = step[name] as Words;
  const what = `${name} ${String(words.op)}`;
  if (step.until === true) return until(stage, actor, words, step.expect, what);
  const answer = give(stage, actor, words);
  if (typeof step.as === "string") stage.pending.set(step.as, answer);
  else {
    const told = await answer;
    judge(told, step.expect, what);
    bind(stage, step.bind, told);
  }
}

export async function awaitStep(stage: Stage, step: Step): Promise<void> {
  const name = String(step.await);
  const pending = stage.pending.get(name);
  if (pending === undefined) throw new Failed(`nothing is awaited as ${name}`);
  stage.pending.delete(name);
  const told = await pending;
  judge(told, step.expect, name);
  bind(stage, step.bind, told);
}

function bind(stage: Stage, bindings: unknown, { ok }: Answer): void {
  if (typeof bindings !== "object" || bindings === null) return;
  for (const [name, path] of Object.entries(bindings)) {
    let value: unknown = ok;
    for (const key of String(path).split(".")) value = (value as Words | undefined)?.[key];
    stage.variables.set(name, value);
  }
}

/** Asks again until the answer is as expected: conditions in place of sleeps. */
async function until(
  stage: Stage,
  actor: Actor,
  words: Words,
  expected: unknown,
  what: string,
): Promise<void> {
  const end = Date.now() + UNTIL_MS;
  for (;;) {
    const answer = await give(stage, actor, words);
    try {
      judge(answer, expected, what);
      return;
    } catch (error) {
      if (Date.now() >= end) throw error;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}
