import { encodeFrame, FrameDecoder, FrameType, LinkCode, readGap } from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import { Arena } from "../arena.ts";
import { routerLimits } from "../limits.ts";
import { createLink } from "../link.ts";
import { Harness, utf8 } from "../testing/harness.ts";
import { GAP_TOPICS_PER_LINK_MAX, Subscription, type SubscriptionHost } from "./subscription.ts";
import { TARGETS_MAX, Topics } from "./topics.ts";

const harness = new Harness();
const link = createLink({
  id: 1,
  channel: harness.connect().channel,
  press: {
    arena: new Arena(1),
    run: { outbox: undefined, start: 0, end: 0 },
    now: 0,
    queuedBytes: 0,
    dirty: [],
    requestFlush: () => undefined,
  },
  limits: routerLimits(),
  connectedAt: 0,
  now: 0,
  decoder: new FrameDecoder(() => undefined),
});

function subscriptions(count: number): Subscription[] {
  const host: SubscriptionHost = {
    routerId: new Uint8Array(8),
    outboxBytesMax: 0,
    outboxMessagesMax: 0,
    now: () => 0,
    delivered: () => undefined,
    dropped: () => undefined,
    tooSlow: () => undefined,
    later: () => undefined,
    bind: () => 0,
  };
  const shared = { link, pattern: ">", group: "", class: 0x80, credit: 1, openedAt: 0, host };
  return Array.from(
    { length: count },
    (_, at) =>
      new Subscription({ ...shared, id: 1 + 2 * at, slow: "drop_old", wantsAttributes: false }),
  );
}

describe("what topics lead to", () => {
  test("is remembered for as many as fit, and found again for the others", () => {
    const topics = new Topics();
    for (const subscription of subscriptions(1000)) topics.add(subscription);
    const first = topics.entry("a.0");
    expect(first.targets).toHaveLength(1000);
    for (let at = 1; at < 1000; at++) {
      expect(topics.entry(`a.${at}`).targets).toHaveLength(1000);
      expect(topics.weight).toBeLessThanOrEqual(TARGETS_MAX);
    }
    expect(topics.weight).toBeGreaterThan(TARGETS_MAX / 2);
    expect(first.targets).toHaveLength(0);
    expect(topics.refresh(first).targets).toHaveLength(1000);
    expect(topics.weight).toBeLessThanOrEqual(TARGETS_MAX);
  });

  test("is forgotten with the subscriptions", () => {
    const topics = new Topics();
    const all = subscriptions(10);
    for (const subscription of all) topics.add(subscription);
    const entry = topics.entry("a");
    for (const subscription of all) topics.remove(subscription);
    expect([topics.refresh(entry).targets.length, topics.weight]).toEqual([0, 0]);
  });
});

describe("what was dropped", () => {
  test("is told in full, with fewer topics told apart where many subscriptions miss many", () => {
    const router = new Harness({ limits: { outboxMessagesPerLink: 0 } });
    const peer = router.peer();
    const subscribed = 100;
    const topics = 200;
    for (let at = 0; at < subscribed; at++) peer.subscribe(1 + 2 * at, ">", {}, 0);
    // All in one turn: a gap leaves with the next one.
    const payload = utf8("x");
    const messages = Array.from({ length: topics }, (_, at) =>
      encodeFrame({ type: FrameType.PUBLISH, meta: { name: `a.${at}` }, payload }),
    );
    router.peer().raw(...messages);
    router.advance(100);
    const gaps = peer.takeOf(FrameType.GAP).map(({ payload }) => {
      const read = readGap(new DataView(payload.buffer), 0, payload.length);
      return read.kind === "payload" ? read.payload.count : 0;
    });
    expect(gaps.reduce((sum, count) => sum + count, 0)).toBe(subscribed * topics);
    expect(gaps.length).toBeGreaterThan(subscribed);
    expect(gaps.length).toBeLessThanOrEqual(GAP_TOPICS_PER_LINK_MAX + subscribed);
  });
});

describe("a peer that says GOAWAY again and again", () => {
  test("spends its budget of frames that do nothing", () => {
    const harness = new Harness({ limits: { idleControlPerSecond: 10 } });
    const peer = harness.peer();
    for (let at = 0; at < 12; at++) peer.send({ type: 6, payload: new Uint8Array(0) });
    expect(harness.events.at(-1)).toMatchObject({
      kind: "linkClosed",
      code: LinkCode.RATE_LIMITED,
    });
  });
});
