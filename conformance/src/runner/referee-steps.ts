/** Steps of the referee: as the router of a scripted case (`r`), as a client of the real router (`p`), in the tap (`tap`). */
import { RefereeFault, type RefereeLink } from "../referee/link.ts";
import { encodeMessage, type Message } from "../referee/protobuf.ts";
import type { Fault } from "../referee/tap.ts";
import { type Frame, frame, type } from "../referee/wire.ts";
import { Failed } from "./adapter-steps.ts";
import { mismatches, shown } from "./match.ts";
import type { Stage } from "./stage.ts";
import type { Step } from "./template.ts";
import { argNumber, BadCase, frameExpected, frameFrom, frameTold, typeNumber } from "./words.ts";

type Words = Readonly<Record<string, unknown>>;

const CONNECT_MS = 5_000;
const COUNT_MAX = 100_000;

/** What a router of this release says: codec 0, the limits of the table, a heartbeat too long to meet in a case. */
const welcomeFields: Message = {
  1: 1,
  2: { b64: "AQIDBAUGBwg=" },
  3: { b64: "AAAAAAAAAAk=" },
  4: { pb: { 1: 67108864, 2: 10000, 3: 4096 } },
  6: { b64: "AA==" },
  9: 60000,
  10: "referee",
};

async function linkOf(stage: Stage, words: Words): Promise<RefereeLink> {
  const number = typeof words.on === "number" ? words.on : Math.max(0, stage.links.length - 1);
  return stage.accepted(number, CONNECT_MS);
}

async function readPast(link: RefereeLink, words: Words): Promise<Frame> {
  const skip = new Set(((words.skip as readonly unknown[]) ?? []).map(typeNumber));
  return link.next(skip);
}

function expectFrame(heard: Frame, expected: Words, what: string): Words {
  const told = frameTold(heard);
  const found = mismatches(frameExpected(expected), told);
  if (found.length > 0)
    throw new Failed(`${what}: the wire: ${found.join("; ")} in ${shown(told)}`);
  return told;
}

async function welcome(stage: Stage, link: RefereeLink, words: Words): Promise<void> {
  const hello = await readPast(link, {});
  const told = expectFrame(hello, { type: "HELLO" }, "HELLO");
  stage.variables.set("hello", told.pb);
  const fields = { ...welcomeFields, ...((words.fields as Message) ?? {}) };
  link.sendPreface();
  link.send(frame({ type: type.welcome, payload: encodeMessage(fields), flags: 4 }));
}

function bindFrame(stage: Stage, told: Words, bindings: unknown): void {
  for (const [name, path] of Object.entries((bindings as Words) ?? {})) {
    let value: unknown = told;
    for (const key of String(path).split(".")) value = (value as Words | undefined)?.[key];
    stage.variables.set(name, value);
  }
}

async function read(stage: Stage, link: RefereeLink, words: Words, step: Step): Promise<void> {
  const { skip: _, times = 1, ...expected } = words.read as Words;
  for (let left = Math.min(Number(times), COUNT_MAX); left > 0; left--) {
    const heard = await readPast(link, words.read as Words);
    const told = expectFrame(heard, expected, "read");
    bindFrame(stage, told, step.bind);
  }
}

async function quiet(link: RefereeLink, words: Words): Promise<void> {
  const { skip = [] } = (typeof words.quiet === "object" ? words.quiet : {}) as Words;
  const between = await link.barrier(new Set((skip as readonly unknown[]).map(typeNumber)));
  if (between.length > 0)
    throw new Failed(
      `quiet: the wire: ${between.map((each) => shown(frameTold(each))).join(", ")}`,
    );
}

async function ended(link: RefereeLink, words: Words): Promise<void> {
  const last = await link.ended();
  const expected = words.ended;
  if (expected === true) return;
  if (expected === "silence") {
    if (last !== undefined) throw new Failed(`the link ended with ${shown(frameTold(last))}`);
    return;
  }
  const wanted =
    expected === "CLOSE" ? { type: "CLOSE" } : { type: "ERROR", arg: argNumber(expected) };
  if (last === undefined) throw new Failed(`the link ended without a word, not ${shown(wanted)}`);
  expectFrame(last, wanted, "the end of the link");
}

/** The verbs that both ends share. */
async function verb(stage: Stage, link: RefereeLink, words: Words, step: Step): Promise<void> {
  if (words.read !== undefined) await read(stage, link, words, step);
  else if (words.send !== undefined) {
    const list = Array.isArray(words.send) ? words.send : [words.send];
    const count = Number(words.times ?? 1);
    const bytes = Buffer.concat(list.map((each) => frameFrom(each as Words)));
    for (let left = count; left > 0; left--) link.send(bytes);
  } else if (typeof words.raw === "string") link.raw(Buffer.from(words.raw, "hex"));
  else if (words.quiet !== undefined) await quiet(link, words);
  else if (words.ended !== undefined) await ended(link, words);
  else if (words.end === true) link.end();
  else if (words.reset === true) link.reset();
  else if (words.pause === true) link.pause();
  else if (words.resume === true) link.resume();
  else throw new BadCase(`no verb in ${JSON.stringify(words)}`);
}

export async function routerStep(stage: Stage, step: Step): Promise<void> {
  const words = step.r as Words;
  if (words.accept === true) {
    await stage.accepted(Number(words.on ?? stage.links.length), CONNECT_MS);
    return;
  }
  if (words.welcome !== undefined) {
    const number = Number(words.on ?? Math.max(0, stage.links.length - 1));
    const link = await stage.accepted(number, CONNECT_MS);
    return welcome(stage, link, words.welcome === true ? {} : (words.welcome as Words));
  }
  await verb(stage, await linkOf(stage, words), words, step);
}

export async function peerStep(stage: Stage, step: Step): Promise<void> {
  const words = step.p as Words;
  const name = String(words.as ?? "peer");
  const link = stage.peers.get(name) ?? (await stage.dial(name));
  if (words.connect === true) return;
  if (words.hello !== undefined) {
    const fields = (words.hello === true ? {} : words.hello) as Message;
    link.sendPreface();
    const payload = encodeMessage({ 1: 1, 2: 1, 4: "client", ...fields });
    link.send(frame({ type: type.hello, payload, flags: 0 }));
    const heard = await link.next(new Set());
    bindFrame(stage, expectFrame(heard, { type: "WELCOME" }, "HELLO"), step.bind);
    return;
  }
  if (words.preface === true) link.sendPreface();
  else await verb(stage, link, words, step);
}

export function tapStep(stage: Stage, step: Step): void {
  const words = step.tap as Words;
  const tap = stage.taps[Number(words.on ?? stage.taps.length - 1)];
  if (tap === undefined) throw new RefereeFault("there is no link to tap");
  if (words.reset === true) tap.reset();
  else if (words.halfClose === true) tap.halfClose();
  else
    for (const direction of ["up", "down"] as const) {
      const fault = words[direction] as (Fault & { readonly type?: unknown }) | undefined;
      if (fault === undefined) continue;
      const number = fault.type === undefined ? {} : { type: typeNumber(fault.type) };
      tap.pipe(direction).set({ ...fault, ...number });
    }
}

const HEARD_MS = 2_000;
const POLL_MS = 4;

/** What must be true of all that was heard; what must be there is waited for, what must not is looked for once. */
export async function wireStep(stage: Stage, step: Step): Promise<void> {
  const words = step.wire as Words;
  const until = Date.now() + HEARD_MS;
  for (;;) {
    const problem = wireProblem(stage, words);
    if (problem === undefined) return;
    if (words.never !== undefined || Date.now() >= until) throw new Failed(`the wire: ${problem}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function wireProblem(stage: Stage, words: Words): string | undefined {
  const heard = stage.transcript.frames
    .filter(({ from }) => words.from === undefined || from === words.from)
    .filter(({ link }) => words.link === undefined || link.startsWith(String(words.link)));
  const like = (pattern: unknown): readonly Words[] => {
    const expected = frameExpected(pattern as Words);
    const ofType = heard.filter(
      ({ frame: each }) => expected.type === undefined || each.type === expected.type,
    );
    return ofType
      .map(({ frame: each }) => frameTold(each))
      .filter((each) => mismatches(expected, each).length === 0);
  };
  if (words.never !== undefined) {
    const [first] = like(words.never);
    return first === undefined ? undefined : `there is ${shown(first)}`;
  }
  if (words.some !== undefined)
    return like(words.some).length === 0 ? `there is no ${shown(words.some)}` : undefined;
  const { of, is } = words.count as Words;
  const found = mismatches(is, like(of).length, "count");
  return found.length === 0 ? undefined : `${shown(of)}: ${found.join("; ")}`;
}
