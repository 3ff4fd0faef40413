/** What every store must do, whatever it keeps topics in: examples to read, and long random lives beside a naive store. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Pin, TopicLog, TopicStore } from "../store.ts";
import { type NaiveLog, type NaivePin, NaiveStore } from "./naive-store.ts";

export interface StoreLimits {
  readonly ringMessages: number;
  readonly ringBytes: number;
  readonly ringAgeMs: number;
  readonly retainedValues: number;
  readonly retainedBytes: number;
}

/** What the store counts beside the bytes it is told. */
export interface StoreCosts {
  readonly messageBytes: number;
  topicBytes(topic: string): number;
}

export interface StoreUnderTest {
  readonly costs: StoreCosts;
  create(limits: StoreLimits, epoch: number): TopicStore<string>;
}

const ample: StoreLimits = {
  ringMessages: 1000,
  ringBytes: 1_000_000,
  ringAgeMs: 1000,
  retainedValues: 1000,
  retainedBytes: 1_000_000,
};

/** Declares the tests of one store. */
export function storeSuite(name: string, under: StoreUnderTest): void {
  describe(`${name}: positions and rings`, () => positions(under));
  describe(`${name}: pins`, () => pins(under));
  describe(`${name}: retained values`, () => retained(under));
  describe(`${name}: forgetting`, () => forgetting(under));
  describe(`${name}: a long life`, () => longLife(under));
}

function filled(store: TopicStore<string>, topic: string, count: number, now = 0) {
  const log = store.open(topic);
  log.startRing();
  for (let at = 1; at <= count; at++) log.append(`${topic} ${at}`, 10, now);
  return log;
}

const kept = (log: TopicLog<string>): string[] => {
  const messages: string[] = [];
  for (let at = log.first; at < log.next; at++) messages.push(log.at(at)?.message ?? "none");
  return messages;
};

function positions({ create, costs }: StoreUnderTest): void {
  test("count from 1 in each topic", () => {
    const store = create(ample, 7);
    const log = filled(store, "a", 2);
    expect([log.epoch, log.first, log.next]).toEqual([7, 1, 3]);
    expect([filled(store, "b", 1).next, store.messages]).toEqual([2, 3]);
    expect(store.find("a")).toBe(log);
    expect(store.open("a")).toBe(log);
  });

  test("count without a ring, and nothing is kept then", () => {
    const store = create(ample, 1);
    const log = store.open("a");
    expect([log.append("x", 10, 0), log.append("x", 10, 0)]).toEqual([1, 2]);
    expect([log.first, log.next, log.at(2), store.messages]).toEqual([3, 3, undefined, 0]);
    log.startRing();
    log.append("y", 10, 0);
    expect([log.first, kept(log)]).toEqual([3, ["y"]]);
  });

  test("of a full ring move on with its oldest message", () => {
    const log = filled(create({ ...ample, ringMessages: 3 }, 1), "a", 5);
    expect([log.first, log.next, kept(log)]).toEqual([3, 6, ["a 3", "a 4", "a 5"]]);
    expect([log.at(2), log.at(6)]).toEqual([undefined, undefined]);
  });

  test("where no messages are to be kept still count", () => {
    const log = filled(create({ ...ample, ringMessages: 0 }, 1), "a", 2);
    expect([log.first, log.next]).toEqual([3, 3]);
  });

  test("are given as long as all rings together have room; the longest ring gives way", () => {
    const cost = 10 + costs.messageBytes;
    const ringBytes = costs.topicBytes("a") + costs.topicBytes("b") + 6 * cost;
    const store = create({ ...ample, ringBytes }, 1);
    const long = filled(store, "a", 4);
    const short = filled(store, "b", 2);
    filled(store, "b", 1);
    expect([kept(long).length, kept(short).length]).toEqual([3, 3]);
    expect(store.bytes).toBe(ringBytes);
  });

  test("are refused to a message that no ring could hold", () => {
    const store = create({ ...ample, ringBytes: 2000 }, 1);
    const log = filled(store, "a", 1);
    expect([log.append("huge", 2000, 0), kept(log)]).toEqual([undefined, ["a 1"]]);
  });

  test("are found by time", () => {
    const store = create(ample, 1);
    const log = store.open("a");
    log.startRing();
    for (const now of [10, 10, 20, 40]) log.append("x", 1, now);
    expect([0, 10, 11, 20, 30, 40, 41].map((time) => log.since(time))).toEqual([
      1, 1, 3, 3, 4, 4, 5,
    ]);
  });

  test("are lost with age", () => {
    const store = create(ample, 1);
    const log = filled(store, "a", 2, 0);
    filled(store, "a", 1, 500);
    store.advance(999);
    expect(log.first).toBe(1);
    store.advance(1000);
    expect([log.first, store.messages]).toEqual([3, 1]);
  });
}

function pins({ create }: StoreUnderTest): void {
  test("hold what follows them; then the ring is full", () => {
    const store = create({ ...ample, ringMessages: 3 }, 1);
    const log = filled(store, "a", 3);
    const pin = log.pin(2);
    expect(log.append("x", 10, 0)).toBe(4);
    expect([log.append("y", 10, 0), log.next, kept(log).length]).toEqual([undefined, 5, 3]);
    pin.sequence = 3;
    expect([log.append("y", 10, 0), log.append("z", 10, 0)]).toEqual([5, undefined]);
    pin.release();
    pin.release();
    expect(log.append("z", 10, 0)).toBe(6);
  });

  test("hold against age and against the room of others", () => {
    const store = create({ ...ample, ringBytes: 4000 }, 1);
    const log = filled(store, "a", 2);
    const pin = log.pin(0);
    expect(pin.sequence).toBe(1);
    store.advance(5000);
    const other = filled(store, "b", 100, 5000);
    expect([kept(log), other.next > 50]).toEqual([["a 1", "a 2"], true]);
  });

  test("keep a log that holds nothing", () => {
    const store = create(ample, 1);
    const log = filled(store, "a", 1);
    const pin = log.pin(log.next);
    store.advance(5000);
    expect([log.isLive, log.first]).toEqual([true, 2]);
    pin.release();
    store.advance(6000);
    expect([log.isLive, store.size]).toEqual([false, 0]);
  });
}

function retained({ create, costs }: StoreUnderTest): void {
  test("are one a topic, and do not age", () => {
    const store = create(ample, 1);
    const log = store.open("a");
    expect(log.retain(1, "x", 10, 0)).toBe(true);
    expect(log.retain(2, "y", 20, 5)).toBe(true);
    store.advance(100_000);
    expect(log.retained).toMatchObject({ sequence: 2, message: "y", storedAt: 5 });
    expect([store.retainedCount, log.isLive]).toEqual([1, true]);
    log.clearRetained();
    log.clearRetained();
    expect([log.retained, store.retainedCount]).toEqual([undefined, 0]);
  });

  test("have limits of their own; a value that finds no room leaves the one before", () => {
    const cost = 10 + costs.messageBytes;
    const store = create({ ...ample, retainedValues: 2, retainedBytes: 2 * cost + 5 }, 1);
    const [a, b, c] = ["a", "b", "c"].map((topic) => store.open(topic));
    expect([a, b, c].map((log) => log?.retain(1, "v", 10, 0))).toEqual([true, true, false]);
    expect([a?.mayRetain(15), a?.mayRetain(16), a?.retain(2, "w", 16, 0)]).toEqual([
      true,
      false,
      false,
    ]);
    expect([a?.retained?.message, c?.mayRetain(1)]).toEqual(["v", false]);
    b?.clearRetained();
    expect([c?.retain(1, "v", 10, 0), store.retainedCount]).toEqual([true, 2]);
  });
}

function forgetting({ create }: StoreUnderTest): void {
  test("gives a topic another epoch, and tells those who remember it", () => {
    const store = create(ample, 5);
    const log = filled(store, "a", 3);
    const { changes } = store;
    store.advance(10_000);
    expect([log.isLive, store.find("a"), store.bytes]).toEqual([false, undefined, 0]);
    expect(store.changes).not.toBe(changes);
    expect([log.append("x", 1, 0), log.retain(1, "x", 1, 0)]).toEqual([undefined, false]);
    const again = filled(store, "a", 1);
    expect(again.epoch).toBeGreaterThan(5);
    expect([again.next, kept(again)]).toEqual([2, ["a 1"]]);
  });

  test("makes room for those who come, however many topics there are", () => {
    const store = create({ ...ample, ringBytes: 20_000 }, 1);
    for (let at = 0; at < 1000; at++) {
      expect(filled(store, `topic.${at}`, 1).next).toBe(2);
      expect(store.bytes).toBeLessThanOrEqual(20_000);
    }
    expect(store.size).toBeLessThan(40);
  });
}

const TOPICS = ["a", "b", "c", "d"];
const limited: StoreLimits = {
  ringMessages: 5,
  ringBytes: 5600,
  ringAgeMs: 50,
  retainedValues: 3,
  retainedBytes: 600,
};

interface Life {
  readonly store: TopicStore<string>;
  readonly naive: NaiveStore;
  readonly pins: { readonly real: Pin; readonly naive: NaivePin; readonly log: NaiveLog }[];
  readonly epochs: Map<string, Set<number>>;
  now: number;
  count: number;
}

/** An act with its words, for who reads a counterexample. */
interface Step {
  readonly [fc.toStringMethod]: () => string;
  act(life: Life): void;
}

const says = (words: string, act: (life: Life) => void): Step => ({
  [fc.toStringMethod]: () => words,
  act,
});

function longLife({ create, costs }: StoreUnderTest): void {
  test("is that of a store that looks for everything anew", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150, size: "max" }), (steps) => {
        const life: Life = {
          store: create(limited, 9),
          naive: new NaiveStore(limited, costs),
          pins: [],
          epochs: new Map(),
          now: 0,
          count: 0,
        };
        for (const { act } of steps) {
          act(life);
          compare(life);
        }
      }),
      { numRuns: 300 },
    );
  });
}

const topic = fc.constantFrom(...TOPICS);
const size = fc.integer({ min: 0, max: 300 });

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(topic, size).map(([name, bytes]) => appendTo(name, bytes)) },
  { weight: 1, arbitrary: fc.tuple(topic, size).map(([name, bytes]) => retainIn(name, bytes)) },
  { weight: 1, arbitrary: topic.map(clearIn) },
  { weight: 2, arbitrary: topic.map(startIn) },
  { weight: 1, arbitrary: fc.tuple(topic, fc.nat(8)).map(([name, at]) => pinIn(name, at)) },
  { weight: 2, arbitrary: fc.tuple(fc.nat(20), fc.nat(4)).map(([at, by]) => raise(at, by)) },
  { weight: 1, arbitrary: fc.nat(20).map(release) },
  { weight: 2, arbitrary: fc.nat(40).map(pass) },
);

function appendTo(name: string, bytes: number): Step {
  return says(`append ${name} ${bytes}`, (life) => {
    const message = `m${life.count++}`;
    const real = life.store.open(name).append(message, bytes, life.now);
    expect(real).toBe(life.naive.append(life.naive.open(name), message, bytes, life.now));
  });
}

function retainIn(name: string, bytes: number): Step {
  return says(`retain ${name} ${bytes}`, ({ store, naive, now, count }) => {
    const log = store.open(name);
    const real = log.retain(log.next, `r${count}`, bytes, now);
    const model = naive.open(name);
    expect(real).toBe(naive.retain(model, model.next, `r${count}`, bytes, now));
  });
}

function clearIn(name: string): Step {
  return says(`clear ${name}`, ({ store, naive }) => {
    store.open(name).clearRetained();
    naive.open(name).retained = undefined;
  });
}

function startIn(name: string): Step {
  return says(`start ${name}`, ({ store, naive }) => {
    store.open(name).startRing();
    naive.open(name).hasRing = true;
  });
}

function pinIn(name: string, back: number): Step {
  return says(`pin ${name} -${back}`, ({ store, naive, pins }) => {
    const real = store.open(name);
    const log = naive.open(name);
    pins.push({ real: real.pin(real.next - back), naive: naive.pin(log, log.next - back), log });
  });
}

function raise(which: number, by: number): Step {
  return says(`raise ${which} ${by}`, ({ pins }) => {
    const pin = pins[which % Math.max(1, pins.length)];
    if (pin === undefined || pin.naive.isReleased) return;
    const sequence = Math.min(pin.log.next, pin.naive.sequence + by);
    pin.real.sequence = sequence;
    pin.naive.sequence = sequence;
  });
}

function release(which: number): Step {
  return says(`release ${which}`, ({ pins }) => {
    const pin = pins[which % Math.max(1, pins.length)];
    if (pin === undefined) return;
    pin.real.release();
    pin.naive.isReleased = true;
  });
}

function pass(ms: number): Step {
  return says(`pass ${ms}`, (life) => {
    life.now += ms;
    life.store.advance(life.now);
    life.naive.advance(life.now);
  });
}

function compare({ store, naive, epochs }: Life): void {
  expect([...store.logs()].map((log) => log.topic).sort()).toEqual(
    naive.logs.map((log) => log.topic).sort(),
  );
  for (const model of naive.logs) {
    const log = store.find(model.topic);
    if (log === undefined) throw new Error(`${model.topic} is gone`);
    expect([log.isLive, log.hasRing, log.next]).toEqual([true, model.hasRing, model.next]);
    expect(log.first).toBe(model.messages[0]?.sequence ?? model.next);
    expect(model.messages.map(({ sequence }) => log.at(sequence))).toEqual(model.messages);
    expect(log.retained).toEqual(model.retained);
    noteEpoch(epochs, log, model);
  }
  const messages = naive.logs.reduce((sum, log) => sum + log.messages.length, 0);
  expect([store.messages, store.size]).toEqual([messages, naive.logs.length]);
  expect(store.bytes).toBe(naive.ringBytes + naive.retainedBytes);
}

/** An epoch belongs to one beginning of a topic, once it has numbered a message. */
function noteEpoch(
  epochs: Map<string, Set<number>>,
  log: TopicLog<string>,
  { topic: name, order, next }: NaiveLog,
): void {
  if (next === 1) return;
  const owners = epochs.get(`${name} ${log.epoch}`) ?? new Set();
  epochs.set(`${name} ${log.epoch}`, owners.add(order));
  expect(owners.size).toBe(1);
}
