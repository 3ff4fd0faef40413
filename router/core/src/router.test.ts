import { Flag, FrameType, LinkCode } from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import { provider, unary } from "./testing/demo.ts";
import { Harness, utf8 } from "./testing/harness.ts";

describe("the router's memory", () => {
  test("is kept below its limit by ending the link that holds most of it", () => {
    const harness = new Harness({ limits: { routerQueuedBytes: 2_000_000 } });
    const [much, little] = [harness.peer(), harness.peer()].map((peer) => peer.subscribe(1, "a"));
    const publisher = harness.peer();
    if (much === undefined || little === undefined) throw new Error("two subscribers");
    much.channel.isStalled = true;
    const frame = {
      type: FrameType.PUBLISH,
      meta: { name: "a" },
      payload: new Uint8Array(100_000),
    };
    for (let count = 0; count < 40; count++) publisher.send(frame);
    expect(much.channel.isEnded).toBe(true);
    expect(little.takeOf(FrameType.EVENT)).toHaveLength(40);
    expect(harness.events).toContainEqual(
      expect.objectContaining({ kind: "linkClosed", link: 1, code: LinkCode.SLOW_CONSUMER }),
    );
    const { queuedBytes, slabBytes } = harness.router.stats;
    expect(queuedBytes + slabBytes).toBeLessThanOrEqual(2_000_000);
  });

  test("is not spent on more links without HELLO than allowed", () => {
    const harness = new Harness({ limits: { unauthenticatedLinks: 2 } });
    const peers = [1, 2, 3].map(() => harness.connect());
    expect(peers.map(({ channel }) => channel.isDestroyed)).toEqual([false, false, true]);
    peers[0]?.hello();
    expect(harness.connect().channel.isDestroyed).toBe(false);
  });
});

describe("frames of one chunk", () => {
  test("keep their order for each target, however they alternate", () => {
    const harness = new Harness();
    const servers = [provider(harness), provider(harness)];
    const client = harness.peer();
    const payloads = Array.from({ length: 40 }, (_, at) => utf8(`message ${at}`));
    client.send(...payloads.map((payload, at) => unary(2 * at + 1, { payload })));
    servers.forEach((server, parity) => {
      const seen = server.takeOf(FrameType.OPEN).map(({ payload }) => payload);
      expect(seen).toEqual(payloads.filter((_, at) => at % 2 === parity));
    });
  });

  test("may be larger than a slab and than the input area", () => {
    const harness = new Harness();
    const server = provider(harness);
    const client = harness.peer();
    const listener = harness.peer().subscribe(1, ">");
    listener.take();
    const sizes = [65_000, 1, 300_000, 65_536, 1_000_000];
    client.send(
      ...sizes.map((size) => ({
        type: FrameType.PUBLISH,
        meta: { name: "a" },
        payload: new Uint8Array(size).fill(size & 0xff),
      })),
      unary(1, { payload: new Uint8Array(65_536) }),
    );
    const events = listener.takeOf(FrameType.EVENT);
    expect(events.map(({ payload }) => payload.length)).toEqual(sizes);
    expect(
      events.every(({ payload }) => payload.every((byte) => byte === (payload.length & 0xff))),
    ).toBe(true);
    const [open] = server.takeOf(FrameType.OPEN);
    expect(open?.payload).toHaveLength(65_536);
    server.send({ type: FrameType.DATA, flags: Flag.END, stream: 2, payload: utf8("x") });
    expect(client.take()).toHaveLength(1);
  });
});

test("limits that are none are refused by name", () => {
  expect(() => new Harness({ limits: { heartbeatMs: -1 } })).toThrow("heartbeatMs");
  const unknown = { shoeSize: 43 } as Record<string, number>;
  expect(() => new Harness({ limits: unknown })).toThrow("shoeSize");
});

test("a client's name reaches the host's log", () => {
  const harness = new Harness();
  const client = { name: "till", language: "python", sdk: "nexus-bridge", version: "1.2" };
  harness.connect().hello({ wireMin: 1, wireMax: 1, client });
  expect(harness.events).toContainEqual({
    kind: "welcomed",
    link: 1,
    client: "till python nexus-bridge 1.2",
  });
});
