import { Code, encodeCredit, Flag, FrameType, LinkCode } from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import { Method, open, provider, unary } from "../testing/demo.ts";
import { Harness, utf8 } from "../testing/harness.ts";

describe("early ends", () => {
  test("beyond the budget cost the peer its OPENs, not its link", () => {
    const harness = new Harness({ limits: { earlyEndBurst: 5, earlyEndPerSecond: 1 } });
    provider(harness);
    const client = harness.peer();
    for (let id = 1; id <= 11; id += 2) {
      client.send(open(id, Method.CHAT));
      client.send({ type: FrameType.CANCEL, stream: id, arg: Code.CANCELLED });
    }
    expect(client.take()).toMatchObject([
      { type: FrameType.STATUS, stream: 11, arg: Code.RESOURCE_EXHAUSTED },
    ]);
    harness.advance(1500);
    client.send(unary(13));
    expect(client.take()).toEqual([]);
  });

  test("count also where the peer has the router end its calls by faults of its own", () => {
    const harness = new Harness({ limits: { earlyEndBurst: 5, earlyEndPerSecond: 1 } });
    const server = provider(harness);
    const client = harness.peer();
    for (let id = 1; id <= 11; id += 2) {
      client.send(unary(id));
      client.send({ type: FrameType.DATA, stream: id, payload: utf8("after END") });
    }
    const answers = client.take();
    expect(answers.map(({ arg }) => arg)).toEqual([
      ...new Array(5).fill(Code.INVALID_ARGUMENT),
      Code.RESOURCE_EXHAUSTED,
    ]);
    expect(server.takeOf(FrameType.OPEN)).toHaveLength(5);
  });

  test("are not the requester's where the provider is at fault", () => {
    const harness = new Harness({ limits: { earlyEndBurst: 1, earlyEndPerSecond: 1 } });
    const server = provider(harness);
    const client = harness.peer();
    for (let id = 1; id <= 5; id += 2) {
      client.send(unary(id));
      const stream = id + 1;
      server.send({ type: FrameType.HEADERS, stream }, { type: FrameType.HEADERS, stream });
    }
    expect(server.takeOf(FrameType.OPEN)).toHaveLength(3);
  });
});

describe("a caller that grants much and reads nothing", () => {
  test("is ended before tiny messages, which cost hardly any credit, fill the router", () => {
    const limits = { creditBytesPerLink: 1024 * 1024 };
    const harness = new Harness({ limits });
    const server = provider(harness);
    const client = harness.peer();
    client.channel.isStalled = true;
    client.send(open(1, Method.WATCH, { flags: Flag.END, payload: utf8("x") }));
    client.send({
      type: FrameType.CREDIT,
      stream: 1,
      payload: encodeCredit({ messages: 1e9, bytes: 1e9 }),
    });
    server.take();
    let queuedBytesMax = 0;
    const frames = Array.from({ length: 500 }, (_, at) => at);
    while (!client.channel.isEnded && queuedBytesMax < 8 * limits.creditBytesPerLink) {
      server.send(...frames.map(() => ({ type: FrameType.DATA, stream: 2, payload: utf8("y") })));
      queuedBytesMax = Math.max(queuedBytesMax, harness.router.stats.queuedBytes);
    }
    expect(queuedBytesMax).toBeLessThan(2.2 * limits.creditBytesPerLink);
    expect(harness.events).toContainEqual(
      expect.objectContaining({ kind: "linkClosed", code: LinkCode.SLOW_CONSUMER }),
    );
    expect(server.takeOf(FrameType.CANCEL)).toHaveLength(1);
    expect(harness.router.stats).toMatchObject({ callsInFlight: 0, queuedBytes: 0 });
  });
});
