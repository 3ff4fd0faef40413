/** What becomes of events of QoS 1: acknowledged, given back, rejected, damaged, unread. */
import { Flag, FrameType, LinkCode, wire } from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";
import type { Event, Item } from "../subscription-item.ts";
import { failure } from "../testing/gate.ts";
import { CertainNoteTopic, type Note, NoteTopic, TwiceNoteTopic } from "../testing/notes.ts";
import { RawRouter } from "../testing/raw-router.ts";
import { RawTopics } from "../testing/raw-topics.ts";
import { settle } from "../testing/test-clock.ts";
import type { SubscribeOptions } from "./subscribe-options.ts";

async function stage(options: SubscribeOptions = {}) {
  const router = new RawRouter();
  const topics = new RawTopics(router);
  // The end of a turn is what a test says it is.
  const flushes: (() => void)[] = [];
  const link = await router.link({ schedule: (flush) => void flushes.push(flush) });
  const turn = async (): Promise<void> => {
    await settle();
    for (let flush = flushes.shift(); flush !== undefined; flush = flushes.shift()) flush();
    await settle();
  };
  const pending = link.subscribe(CertainNoteTopic, options);
  await turn();
  const { asked, stream } = await topics.accept();
  const items = await pending;
  return { router, topics, link, items, asked, stream, turn };
}

const eventIn = ({ value }: IteratorResult<Item<Note>, undefined>): Event<Note> => {
  if (value?.kind !== "event") throw new Error("an event was expected");
  return value;
};

describe("acknowledging by asking for the next", () => {
  it("says nothing of the event at hand, and one thing of all before it", async () => {
    const { router, topics, items, turn } = await stage();
    for (const each of [1, 2, 3]) topics.event(each, each);
    await settle();
    await items.next();
    await turn();
    expect(router.waiting).toBe(0);
    await items.next();
    await items.next();
    await turn();
    expect(await topics.answers(1)).toEqual(["ack ..2"]);
    const next = items.next();
    await turn();
    expect(await topics.answers(1)).toEqual(["ack 3"]);
    topics.event(4, 4);
    expect(eventIn(await next)).toMatchObject({ delivery: 4, position: { sequence: 4 } });
  });

  it("lets an event's own word go first", async () => {
    const { topics, items, turn } = await stage();
    for (const each of [1, 2, 3]) topics.event(each, each);
    await settle();
    eventIn(await items.next()).nack({ delayMs: 50 });
    eventIn(await items.next()).reject();
    await items.next();
    void items.next();
    await turn();
    expect(await topics.answers(3)).toEqual(["nack 1 after 50", "term 2", "ack 3"]);
  });

  it("gives back what is at hand and what is unread when the loop is left", async () => {
    const { router, topics, items, stream, turn } = await stage();
    for (const each of [1, 2, 3]) topics.event(each, each);
    await settle();
    for await (const item of items) if (item.kind === "event" && item.delivery === 2) break;
    await turn();
    const [first, unsubscribe, ...back] = await router.take(4);
    expect(first).toMatchObject({ type: FrameType.EVACK, arg: 1 });
    expect(unsubscribe).toMatchObject({ type: FrameType.UNSUBSCRIBE, stream });
    expect(back.map(({ type, arg }) => [type, arg])).toEqual([
      [FrameType.EVACK, 2],
      [FrameType.EVACK, 3],
    ]);
    router.send({ type: FrameType.EVENT, stream, arg: 4, payload: Uint8Array.of(255) });
    router.send({ type: FrameType.UNSUBSCRIBED, stream });
    await settle();
    expect(router.waiting).toBe(0);
  });
});

describe("acknowledging by hand", () => {
  it("speaks for a run at once, and singly for what stands behind an open one", async () => {
    const { router, topics, items, turn } = await stage({ ack: "manual" });
    for (let each = 1; each <= 6; each += 1) topics.event(each, each);
    const events: Event<Note>[] = [];
    for (let each = 1; each <= 6; each += 1) events.push(eventIn(await items.next()));
    for (const at of [3, 1, 0, 5]) events[at]?.ack();
    await turn();
    expect((await topics.answers(3)).sort()).toEqual(["ack ..2", "ack 4", "ack 6"]);
    events[2]?.extend();
    events[2]?.nack();
    events[2]?.ack();
    events[4]?.ack();
    events[4]?.ack();
    await turn();
    expect(await topics.answers(3)).toEqual(["progress 3", "nack 3 after 0", "ack 5"]);
    expect(router.waiting).toBe(0);
  });

  it("still counts after the loop was closed, until the router says that it is over", async () => {
    const { router, topics, items, stream, turn } = await stage({ ack: "manual" });
    topics.event(1, 1);
    topics.event(2, 2);
    const first = eventIn(await items.next());
    const second = eventIn(await items.next());
    items.close();
    first.ack();
    await turn();
    const [unsubscribe, ack] = await router.take(2);
    expect(unsubscribe?.type).toBe(FrameType.UNSUBSCRIBE);
    expect(ack).toMatchObject({ type: FrameType.EVACK, arg: 1 });
    router.send({ type: FrameType.UNSUBSCRIBED, stream });
    await settle();
    second.ack();
    await turn();
    expect(router.waiting).toBe(0);
  });

  it("refuses a delay that the wire cannot carry", async () => {
    const { topics, items } = await stage({ ack: "manual" });
    topics.event(1, 1);
    const event = eventIn(await items.next());
    expect(() => event.nack({ delayMs: -1 })).toThrow("delayMs is -1");
  });

  it("knows a redelivery by its position: the answer to the first copy no longer counts", async () => {
    const { router, topics, items, turn } = await stage({ ack: "manual" });
    topics.event(1, 1);
    topics.event(2, 1, { flags: Flag.DUP, meta: { attempt: 2 } });
    const first = eventIn(await items.next());
    const second = eventIn(await items.next());
    expect(first).toMatchObject({ redelivered: false, attempt: 1 });
    expect(second).toMatchObject({ redelivered: true, attempt: 2 });
    first.ack();
    await turn();
    expect(router.waiting).toBe(0);
    second.ack();
    await turn();
    expect(await topics.answers(1)).toEqual(["ack 2"]);
  });
});

describe("what arrives broken", () => {
  it("gives back what is damaged, and ends what cannot be decoded, with its place", async () => {
    const { router, topics, items, turn } = await stage();
    router.send({ ...topics.frame(1, 1), crcBefore: 1 });
    router.send({ ...topics.frame(2, 2), payload: Uint8Array.of(255) });
    topics.event(3, 3);
    await turn();
    expect(await topics.answers(2)).toEqual(["nack 1 after 0", "term 2"]);
    expect(await items.next()).toMatchObject({
      value: { kind: "gap", reason: "invalid", count: 1, epoch: 1, first: 2, last: 2 },
    });
    expect(await items.next()).toMatchObject({ value: { delivery: 3 } });
  });

  it("speaks for nothing that it has not seen after a jump", async () => {
    const { topics, items, turn } = await stage();
    topics.event(1, 1);
    topics.event(4, 4);
    topics.event(5, 5);
    expect(await items.next()).toMatchObject({ value: { delivery: 1 } });
    expect(await items.next()).toMatchObject({ value: { reason: "unreported", count: 2 } });
    await items.next();
    await items.next();
    await turn();
    expect(await topics.answers(2)).toEqual(["ack 1", "ack 4"]);
  });

  it("ends the subscription for a critical tag that it does not know", async () => {
    const { topics, items } = await stage();
    const unknown = [{ tag: 0x70, critical: true, value: new Uint8Array(1) }];
    topics.event(1, 1, { meta: { unknown } });
    expect(await failure(items.next())).toMatchObject({ code: "UNIMPLEMENTED" });
  });

  it("ends the link for an event above the credit, and for another frame", async () => {
    for (const wrong of ["above", "other"]) {
      const { router, topics, turn } = await stage({ credit: 1 });
      if (wrong === "other") router.send({ type: FrameType.STATUS, stream: 1 });
      else for (const each of [1, 2]) topics.event(each, each);
      await turn();
      const arg = wrong === "other" ? LinkCode.PROTOCOL_ERROR : LinkCode.FLOW_CONTROL;
      expect(await router.take(1)).toMatchObject([{ type: FrameType.ERROR, arg }]);
    }
  });

  it("answers nothing of an event that was published at QoS 0", async () => {
    const { router, topics, items, turn } = await stage();
    topics.event(1, 1, { qos: 0 });
    await items.next();
    void items.next();
    await turn();
    expect(router.waiting).toBe(0);
  });
});

describe("what is asked for", () => {
  it("spells every option", async () => {
    const { asked } = await stage({
      consumer: "me",
      expiryMs: 60_000,
      start: { positions: [{ topic: "certain", epoch: 3, sequence: 7 }] },
      retained: "always",
      slow: "block",
      ordering: "key",
      ackWaitMs: 1_000,
      maxUnacked: 5,
      attributes: true,
    });
    expect(asked).toMatchObject({
      pattern: "certain",
      qos: 1,
      consumer: "me",
      expiryMs: 60_000,
      start: { kind: 2, positions: [{ topic: "certain", epoch: 3, sequence: 7n }] },
      retained: 1,
      slow: 5,
      ordering: 1,
      ackWaitMs: 1_000,
      maxUnacked: 5,
      attributes: true,
      fingerprint: 7n,
    });
  });

  it.each<[SubscribeOptions, string]>([
    [{ ackWaitMs: 1 }, "ackWaitMs is 1"],
    [{ maxUnacked: 0 }, "maxUnacked is 0"],
    [{ consumer: "a", expiryMs: 0 }, "expiryMs is 0"],
    [{ expiryMs: 5 }, "name one"],
    [{ consumer: "a", group: "b" }, "exclude each other"],
    [{ qos: 0, ack: "manual" }, "nothing is acknowledged"],
    [{ qos: 0, slow: "block" }, "only subscriptions of QoS 1"],
    [{ start: { ageMs: -1 } }, "start.ageMs is -1"],
    [{ start: { positions: [{ topic: "a", epoch: 1, sequence: 1.5 }] } }, "start.positions is 1.5"],
  ])("refuses %j at once", async (options, text) => {
    const router = new RawRouter();
    const link = await router.link();
    expect(() => link.subscribe(CertainNoteTopic, options)).toThrow(text);
  });

  it("takes no less than the topic's QoS", async () => {
    const router = new RawRouter();
    const link = await router.link();
    const pending = failure(Promise.resolve(link.subscribe(TwiceNoteTopic)));
    await new RawTopics(router).accept({ qos: 1 });
    expect(await pending).toMatchObject({ code: "UNIMPLEMENTED" });
    expect(String(await pending)).toContain("subscribe with { qos: 1 }");
    expect(await router.take(1)).toMatchObject([{ type: FrameType.UNSUBSCRIBE }]);
  });

  it("tells of a schema that does not fit", async () => {
    const router = new RawRouter();
    const link = await router.link();
    const pending = failure(Promise.resolve(link.subscribe(NoteTopic)));
    await router.take(1);
    router.send({
      type: FrameType.SUBSCRIBED,
      stream: 1,
      arg: 9 | (6 << 8),
      payload: wire.Subscribed.encode({ message: "notes.v1.Note: field text is an int32 there" }),
    });
    expect(await pending).toMatchObject({
      code: "FAILED_PRECONDITION",
      reason: "SCHEMA_MISMATCH",
      message: "notes.v1.Note: field text is an int32 there",
    });
  });
});
