/** Where a subscription goes on after a lost link, and what it says of what it missed. */
import { Code, Flag, FrameType, GapReason, packCode, Reason } from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";
import type { TopicPattern } from "../descriptor.ts";
import { all, failure } from "../testing/gate.ts";
import { CertainNotesTopic, CertainNoteTopic, type Note, NoteTopic } from "../testing/notes.ts";
import { RawRouter } from "../testing/raw-router.ts";
import { RawTopics } from "../testing/raw-topics.ts";
import { settle, TestClock } from "../testing/test-clock.ts";
import type { SubscribeOptions } from "./subscribe-options.ts";

const begins = (topic: string, sequence: number) => ({
  topic,
  epoch: 1,
  sequence: BigInt(sequence),
});

async function stage(
  pattern: TopicPattern<Note> = CertainNoteTopic,
  options: SubscribeOptions = {},
  positions: readonly ReturnType<typeof begins>[] = [],
) {
  const router = new RawRouter();
  const topics = new RawTopics(router);
  const clock = new TestClock();
  const link = await router.link({ clock, random: () => 0 });
  const pending = link.subscribe(pattern, options);
  const qos = options.qos ?? pattern.qos;
  await topics.accept({ qos, positions: [...positions] });
  const items = await pending;
  /** Breaks the link; what the next SUBSCRIBE asks to start with. */
  const again = async () => {
    await settle();
    await drop(router);
    router.cut();
    await clock.advance(50);
    const { asked } = await topics.accept({ qos });
    await settle();
    const { start } = asked;
    return start === undefined ? undefined : { kind: start.kind, positions: start.positions };
  };
  return { router, topics, link, items, again };
}

/** Forgets what was heard: credit and answers. */
async function drop(router: RawRouter): Promise<void> {
  await router.take(router.waiting);
}

describe("a subscription of QoS 1", () => {
  it("goes on with the first that is not settled, and says what came before", async () => {
    const { topics, items, again } = await stage();
    for (const each of [1, 2, 3]) topics.event(each, each);
    await settle();
    await items.next();
    await items.next();
    expect(await again()).toMatchObject({ kind: 2, positions: [begins("certain", 2)] });
    for (const [delivery, sequence] of [
      [1, 2],
      [2, 3],
    ] as const)
      topics.event(delivery, sequence);
    const seen = [await items.next(), await items.next()].map(({ value }) => value);
    expect(seen).toMatchObject([
      { kind: "event", position: { sequence: 2 }, redelivered: true },
      { kind: "event", position: { sequence: 3 }, redelivered: false },
    ]);
  });

  it("takes a late answer to an event of the lost session into account", async () => {
    const { router, topics, items, again } = await stage(CertainNoteTopic, { ack: "manual" });
    for (const each of [1, 2]) topics.event(each, each);
    const events = [await items.next(), await items.next()].map(({ value }) => value);
    router.cut();
    await settle();
    for (const event of events) if (event?.kind === "event") event.ack();
    expect(await again()).toMatchObject({ positions: [begins("certain", 3)] });
  });

  it("carries a position for each topic of a wildcard, also of those where nothing came yet", async () => {
    const { topics, items, again } = await stage(CertainNotesTopic, {}, [
      begins("many.a", 4),
      begins("many.quiet", 9),
    ]);
    topics.event(1, 4, { topic: "many.a" });
    topics.event(2, 1, { topic: "many.b" });
    await settle();
    for (const _ of [1, 2]) await items.next();
    void items.next();
    expect(await again()).toMatchObject({
      kind: 2,
      positions: [begins("many.a", 5), begins("many.quiet", 9), begins("many.b", 2)],
    });
  });

  it("does not take for redelivered what the router only said it would begin behind", async () => {
    const { topics, items } = await stage(CertainNoteTopic, {}, [begins("certain", 9)]);
    topics.event(1, 7, { flags: Flag.DUP });
    topics.event(2, 8);
    const seen = [(await items.next()).value, (await items.next()).value];
    expect(seen).toMatchObject([{ redelivered: true }, { redelivered: false }]);
  });

  it("takes everything that was kept since where it began with no topic at all", async () => {
    const { again } = await stage(CertainNotesTopic);
    expect(await again()).toMatchObject({ kind: 1, positions: [] });
  });

  it("asks for nothing again that the router told as missing", async () => {
    const { topics, items, again } = await stage();
    topics.event(1, 1);
    topics.gap({ epoch: 1, from: 2, to: 6, count: 5, reason: GapReason.SLOW });
    topics.event(2, 7);
    for (const _ of [1, 2, 3]) await items.next();
    topics.gap({ epoch: 1, from: 7, to: 7, count: 1, reason: GapReason.RETENTION });
    expect(await again()).toMatchObject({ positions: [begins("certain", 8)] });
  });

  it("follows a numbering that begins anew", async () => {
    const { topics, items, again } = await stage();
    topics.event(1, 50);
    await items.next();
    topics.gap({ epoch: 2, from: 1, to: 2, count: 2, reason: GapReason.RESET });
    topics.event(2, 3, { meta: { position: { epoch: 2, sequence: 3 } } });
    expect(await items.next()).toMatchObject({ value: { reason: "reset", epoch: 2, last: 2 } });
    expect(await items.next()).toMatchObject({ value: { redelivered: false } });
    expect(await again()).toMatchObject({
      positions: [{ topic: "certain", epoch: 2, sequence: 3n }],
    });
  });

  it("forgets its place in a topic that begins anew", async () => {
    const { topics, items, again } = await stage(CertainNotesTopic, {}, [
      begins("many.a", 4),
      begins("many.b", 9),
    ]);
    const unplaced = { epoch: 0, from: 0, to: 0, count: 0, reason: GapReason.RESET };
    topics.gap(unplaced, { topic: "many.b" });
    expect(await items.next()).toMatchObject({ value: { reason: "reset", count: 0 } });
    expect(await again()).toMatchObject({ positions: [begins("many.a", 4)] });
  });

  it("does not let a kept value or a dead letter move its place", async () => {
    const { topics, items, again } = await stage(CertainNoteTopic, {}, [begins("certain", 9)]);
    topics.event(1, 8, { flags: Flag.RETAIN });
    topics.event(2, 40, { meta: { deadLetterReason: "attempts" } });
    await items.next();
    await items.next();
    expect(await again()).toMatchObject({ positions: [begins("certain", 9)] });
  });

  it("remembers so many topics and no more", async () => {
    const { topics, items, again } = await stage(CertainNotesTopic, { credit: 2_000 });
    for (let each = 1; each <= 1_030; each += 1) topics.event(each, 1, { topic: `many.${each}` });
    for (let each = 1; each <= 1_030; each += 1) await items.next();
    expect((await again())?.positions).toHaveLength(1_024);
  });

  it("asks as it did at first where the router had not taken it yet", async () => {
    const router = new RawRouter();
    const clock = new TestClock();
    const link = await router.link({ clock, random: () => 0 });
    const pending = link.subscribe(CertainNoteTopic);
    await router.take(1);
    router.cut();
    await clock.advance(50);
    const { asked } = await new RawTopics(router).accept();
    expect(asked.start).toBeUndefined();
    await pending;
  });

  it("sends its places with a consumer's name too, for a router that forgot it", async () => {
    const { topics, items, again } = await stage(CertainNoteTopic, { consumer: "me" });
    topics.event(1, 5);
    await items.next();
    expect(await again()).toMatchObject({ positions: [begins("certain", 5)] });
  });

  it("stays away when another took the consumer over", async () => {
    const { router, items } = await stage(CertainNoteTopic, { consumer: "me" });
    const loop = failure(all(items));
    const arg = packCode(Code.ABORTED, Reason.TAKEN_OVER);
    router.send({ type: FrameType.UNSUBSCRIBED, stream: 1, arg });
    expect(await loop).toMatchObject({ code: "ABORTED", reason: "TAKEN_OVER" });
    await settle();
    expect(router.waiting).toBe(0);
  });
});

describe("a subscription of QoS 0", () => {
  it("goes on behind the last that came where the topic has positions, and keeps what is unread", async () => {
    const { topics, items, again } = await stage(CertainNoteTopic, { qos: 0 });
    for (const each of [1, 2]) topics.event(each, each, { qos: 0 });
    expect(await again()).toMatchObject({ kind: 2, positions: [begins("certain", 3)] });
    const seen = [await items.next(), await items.next()];
    expect(seen).toMatchObject([{ value: { delivery: 1 } }, { value: { delivery: 2 } }]);
  });

  it("says that nobody knows what is missing where there is nothing to go on with", async () => {
    for (const options of [{ qos: 0 }, {}] as const) {
      const { items, again } = await stage(
        options.qos === 0 ? CertainNotesTopic : NoteTopic,
        options,
      );
      expect(await again()).toBeUndefined();
      expect(await items.next()).toMatchObject({
        value: { kind: "gap", reason: "unreported", count: 0 },
      });
    }
  });

  it("goes on in every topic where it reads what is kept", async () => {
    const { topics, items, again } = await stage(CertainNotesTopic, { qos: 0, start: "earliest" });
    topics.event(1, 3, { qos: 0, topic: "many.a" });
    await items.next();
    expect(await again()).toMatchObject({ kind: 2, positions: [begins("many.a", 4)] });
  });
});
