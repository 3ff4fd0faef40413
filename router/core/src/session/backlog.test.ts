import { AliasAction, encodeFrame, FrameType, LinkCode } from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import { Harness, type Peer, text, utf8 } from "../testing/harness.ts";
import { DELIVERIES_PER_TURN } from "./backlog.ts";

const SUBSCRIPTIONS = 400;
/** Five turns' worth. */
const MESSAGES = (5 * DELIVERIES_PER_TURN) / SUBSCRIPTIONS;

const publish = (topic: string, payload: string) =>
  encodeFrame({ type: FrameType.PUBLISH, meta: { name: topic }, payload: utf8(payload) });
const ping = encodeFrame({ type: FrameType.PING, payload: new Uint8Array(8) });

/** A peer with so many subscriptions to `a`. */
function crowd(harness: Harness): Peer {
  const peer = harness.peer();
  for (let at = 0; at < SUBSCRIPTIONS; at++) peer.subscribe(1 + 2 * at, "a", {}, 1_000_000);
  peer.take();
  return peer;
}

/** Counts how often the channel of `peer` was stopped and goes on. */
function watched(peer: Peer) {
  const seen = { paused: 0, resumed: 0 };
  peer.channel.pause = () => void seen.paused++;
  peer.channel.resume = () => void seen.resumed++;
  return seen;
}

describe("a link whose messages reach thousands of subscriptions", () => {
  test("gets its share of a turn, and no other link waits for the rest", () => {
    const harness = new Harness();
    const listener = crowd(harness);
    const flooder = harness.peer();
    const other = harness.peer();
    const seen = watched(flooder);
    flooder.post(...Array.from({ length: MESSAGES }, (_, at) => publish("a", String(at))));
    const { delivered } = harness.router.stats;
    expect(delivered).toBeGreaterThanOrEqual(DELIVERIES_PER_TURN);
    expect(delivered).toBeLessThan(DELIVERIES_PER_TURN + SUBSCRIPTIONS);
    expect(seen).toEqual({ paused: 1, resumed: 0 });
    other.post(ping);
    harness.router.flush();
    expect(other.take()).toMatchObject([{ type: FrameType.PONG }]);
    expect(harness.router.stats.delivered).toBeLessThan(2 * (DELIVERIES_PER_TURN + SUBSCRIPTIONS));
    harness.turn();
    expect(harness.router.stats.delivered).toBe(MESSAGES * SUBSCRIPTIONS);
    expect(seen).toEqual({ paused: 1, resumed: 1 });
    const first = listener.takeOf(FrameType.EVENT).filter(({ stream }) => stream === 1);
    expect(first.map(({ payload }) => text(payload))).toEqual(
      Array.from({ length: MESSAGES }, (_, at) => String(at)),
    );
  });

  test("keeps the order of all that it sent", () => {
    const harness = new Harness();
    const listener = crowd(harness);
    const flooder = harness.peer();
    const alias = encodeFrame({
      type: FrameType.ALIAS,
      route: 5,
      arg: AliasAction.BIND,
      meta: { name: "a" },
    });
    const byAlias = encodeFrame({ type: FrameType.PUBLISH, route: 5, payload: utf8("last") });
    flooder.raw(...Array.from({ length: 100 }, () => publish("a", "x")), alias, byAlias, ping);
    expect(flooder.take()).toMatchObject([{ type: FrameType.PONG }]);
    const events = listener.takeOf(FrameType.EVENT);
    expect(events).toHaveLength(101 * SUBSCRIPTIONS);
    expect(text(events.at(-1)?.payload ?? utf8(""))).toBe("last");
  });

  test("shares with others that do the same", () => {
    const harness = new Harness();
    crowd(harness);
    const flooders = [1, 2, 3, 4].map(() => harness.peer());
    const frames = Array.from({ length: MESSAGES }, () => publish("a", "x"));
    for (const flooder of flooders) flooder.post(...frames);
    harness.router.flush();
    const before = harness.router.stats.delivered;
    harness.router.flush();
    const inTurn = harness.router.stats.delivered - before;
    expect(inTurn).toBeLessThanOrEqual(DELIVERIES_PER_TURN + 4 * SUBSCRIPTIONS);
    harness.turn();
    expect(harness.router.stats.delivered).toBe(4 * MESSAGES * SUBSCRIPTIONS);
  });

  test("pays for looking at all members of a group as well", () => {
    const harness = new Harness();
    const members = harness.peer();
    for (let at = 0; at < SUBSCRIPTIONS; at++) {
      members.subscribe(1 + 2 * at, "a", { group: "g" }, 0);
    }
    const looks = SUBSCRIPTIONS / 16 + 1;
    const frames = Array.from({ length: Math.ceil((2 * DELIVERIES_PER_TURN) / looks) }, () =>
      publish("a", "x"),
    );
    harness.peer().post(...frames);
    expect(harness.router.stats.published).toBeLessThan(frames.length * 0.6);
    harness.turn();
    expect(harness.router.stats.published).toBe(frames.length);
  });

  test("leaves nothing behind when it is lost, and reads on when it is ended", () => {
    const harness = new Harness();
    crowd(harness);
    const frames = Array.from({ length: MESSAGES }, () => publish("a", "x"));
    const lost = harness.peer();
    lost.post(...frames);
    lost.kill();
    const wrong = harness.peer();
    const seen = watched(wrong);
    wrong.post(...frames, encodeFrame({ type: FrameType.EVENT, stream: 1 }), ping);
    harness.turn();
    expect(harness.events.at(-1)).toMatchObject({ code: LinkCode.PROTOCOL_ERROR });
    expect(seen).toEqual({ paused: 1, resumed: 1 });
    expect(harness.router.stats.delivered).toBeLessThan(
      (MESSAGES + 2) * SUBSCRIPTIONS + DELIVERIES_PER_TURN,
    );
  });

  test("is heard to the end before the router goes away", async () => {
    const harness = new Harness();
    crowd(harness);
    const flooder = harness.peer();
    flooder.post(...Array.from({ length: MESSAGES }, () => publish("a", "x")));
    const drained = harness.router.drain(60_000);
    harness.now += 1000;
    harness.router.tick();
    harness.router.tick();
    expect(flooder.channel.isEnded).toBe(false);
    harness.turn();
    await drained;
    expect(harness.router.stats.delivered).toBe(MESSAGES * SUBSCRIPTIONS);
  });

  test("is not taken for silent while it waits", () => {
    const harness = new Harness({ limits: { heartbeatMs: 5000 } });
    const listener = crowd(harness);
    const flooder = harness.peer();
    const half = publish("a", "half").subarray(0, 20);
    flooder.post(...Array.from({ length: MESSAGES }, () => publish("a", "x")), half);
    for (let turn = 0; turn < 4; turn++) {
      listener.post(ping);
      harness.now += 9000;
      harness.router.flush();
      harness.router.tick();
    }
    const ended = harness.events.filter((event) => event.kind === "linkClosed" && event.link === 2);
    expect(ended).toEqual([]);
  });
});
