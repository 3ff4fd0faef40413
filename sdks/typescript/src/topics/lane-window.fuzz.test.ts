/**
 * A lane's order against a router that is only its table (SPEC 18.9): links that break, answers that are put off, codes of every
 * kind. Nothing that was acknowledged is missing, nothing stands twice, and what is held keeps its order.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LaneEntry, LaneWindow } from "./lane-window.ts";

class Message implements LaneEntry {
  readonly bytes: number;
  readonly name: number;
  sequence = 0;
  awaited = false;
  outcome: "open" | "held" | "duplicate" | "refused" | "withdrawn" = "open";

  constructor(name: number, bytes: number) {
    this.name = name;
    this.bytes = bytes;
  }
}

type Verdict = "held" | "refused" | "full";
interface Answer {
  readonly arg: number;
  readonly code: "ok" | "duplicate" | "refused" | "again" | "outOfOrder";
}

/** What a router knows of one producer. */
class Model {
  epoch = 0;
  last: number | undefined;
  readonly held: number[] = [];
  readonly refused = new Set<number>();
  /** Answers on their way. */
  answers: Answer[] = [];

  receive(name: number, epoch: number, sequence: number, verdict: Verdict): void {
    if (this.last === undefined || epoch > this.epoch) {
      this.epoch = epoch;
      this.last = sequence - 1;
    }
    const arg = sequence >>> 0;
    if (sequence <= this.last) {
      const code = this.refused.has(sequence) ? "refused" : "duplicate";
      this.answers.push({ arg, code });
    } else if (sequence > this.last + 1) this.answers.push({ arg, code: "outOfOrder" });
    else if (verdict === "full") this.answers.push({ arg, code: "again" });
    else {
      this.last = sequence;
      if (verdict === "refused") this.refused.add(sequence);
      else this.held.push(name);
      this.answers.push({ arg, code: verdict === "held" ? "ok" : "refused" });
    }
  }

  /** The link is gone, and with it every answer that was under way. */
  lose(forgets: boolean): void {
    this.answers = [];
    if (forgets) this.last = undefined;
  }
}

type Step =
  | { readonly kind: "publish"; readonly bytes: number }
  | { readonly kind: "send"; readonly verdicts: readonly Verdict[] }
  | { readonly kind: "answer"; readonly count: number; readonly merges: boolean }
  | { readonly kind: "withdraw"; readonly which: number }
  | { readonly kind: "lose"; readonly forgets: boolean };

const verdicts = fc.array(fc.constantFrom<Verdict>("held", "held", "held", "refused", "full"), {
  minLength: 1,
  maxLength: 6,
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("publish" as const), bytes: fc.nat(5_000_000) }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("send" as const), verdicts }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("answer" as const),
      count: fc.integer({ min: 1, max: 6 }),
      merges: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("withdraw" as const), which: fc.nat(50) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("lose" as const), forgets: fc.boolean() }),
  },
);

class Run {
  readonly window = new LaneWindow<Message>();
  readonly model = new Model();
  readonly all: Message[] = [];
  epoch = 1;

  take(step: Step): void {
    switch (step.kind) {
      case "publish":
        if (this.window.hasRoom) {
          const message = new Message(this.all.length, step.bytes);
          this.all.push(message);
          this.window.add(message);
        }
        return;
      case "send":
        for (const verdict of step.verdicts) this.#send(verdict);
        return;
      case "answer":
        this.#answer(step.count, step.merges);
        return;
      case "withdraw": {
        const message = this.all[step.which];
        if (message?.outcome === "open" && this.window.withdraw(message))
          message.outcome = "withdrawn";
        return;
      }
      case "lose":
        this.model.lose(step.forgets);
        this.window.lost();
        return;
      default:
        step satisfies never;
    }
  }

  /** Everything is sent and answered, without any further trouble. */
  finish(): void {
    for (let round = 0; this.window.size > 0; round += 1) {
      if (round > 10_000) throw new Error(`${this.window.size} messages are stuck`);
      this.#send("held");
      this.#answer(2_000, false);
    }
  }

  #send(verdict: Verdict): void {
    if (this.window.rewinding && this.window.awaited === 0) this.window.rewind();
    const message = this.window.take();
    if (message !== undefined)
      this.model.receive(message.name, this.epoch, message.sequence, verdict);
  }

  #answer(count: number, merges: boolean): void {
    const answers = this.model.answers.splice(0, count);
    // A cumulative answer speaks for the ones right before it.
    for (const [at, answer] of answers.entries())
      if (!(merges && answer.code === "ok" && answers[at + 1]?.code === "ok")) this.#hear(answer);
  }

  #hear({ arg, code }: Answer): void {
    const sequence = this.window.sequenceOf(arg);
    if (sequence === undefined) throw new Error(`${arg} means nothing`);
    if (code === "ok") {
      for (const message of this.window.held(sequence)) message.outcome = "held";
      return;
    }
    if (code === "duplicate" || code === "refused") {
      const message = this.window.end(sequence);
      if (message !== undefined) message.outcome = code;
      return;
    }
    if (this.window.again(sequence, code === "outOfOrder") !== "behind") return;
    this.epoch += 1;
    this.model.answers = [];
    this.window.lost();
  }
}

describe("the order of a lane", () => {
  it("loses nothing, repeats nothing and keeps the order, whatever happens to links and answers", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const run = new Run();
        for (const each of steps) run.take(each);
        run.finish();
        const { held } = run.model;
        const forgot = steps.some((each) => each.kind === "lose" && each.forgets);
        for (const { name, outcome } of run.all) {
          const isHeld = outcome === "held" || outcome === "duplicate";
          expect(outcome).not.toBe("open");
          // A router that forgot may have held before what it refuses now.
          const there = held.includes(name);
          expect([name, forgot ? there || !isHeld : there === isHeld]).toEqual([name, true]);
        }
        // A router that forgets a producer may keep twice what it did not say it had.
        if (forgot) return;
        expect(new Set(held).size).toBe(held.length);
        expect(held).toEqual([...held].sort((one, other) => one - other));
      }),
      { numRuns: 400 },
    );
  });

  it("takes nothing for held that was refused, whatever a later answer covers", () => {
    const window = new LaneWindow<Message>();
    for (const name of [0, 1, 2]) window.add(new Message(name, 1));
    for (const _ of [0, 1, 2]) window.take();
    expect(window.again(2, false)).toBe("waits");
    expect(window.held(3).map(({ name }) => name)).toEqual([0]);
    expect([window.size, window.awaited]).toEqual([2, 1]);
  });

  it("reads an answer's 32 bits beyond 2^32", () => {
    const first = 2 ** 32 - 1;
    const window = new LaneWindow<Message>(first);
    for (const name of [0, 1, 2]) window.add(new Message(name, 1));
    for (const _ of [0, 1, 2]) window.take();
    expect([0xffff_ffff, 0, 1, 2].map((arg) => window.sequenceOf(arg))).toEqual([
      first,
      first + 1,
      first + 2,
      undefined,
    ]);
    expect(window.held(first + 1).map(({ name }) => name)).toEqual([0, 1]);
    expect(window.sequenceOf(0xffff_ffff)).toBe(first);
    expect(window.held(first)).toEqual([]);
  });
});
