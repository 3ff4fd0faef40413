import { AliasAction, Code, Flag, FrameType, Reason, wire } from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import { Harness, type Peer, text, utf8 } from "../testing/harness.ts";

const METHOD = "demo.Echo/Say";

function provider(harness: Harness): Peer {
  const peer = harness.peer().register(1, "demo.Echo", [
    { name: "Say", kind: 1 },
    { name: "Watch", kind: 3 },
    { name: "Put", kind: 2 },
    { name: "Chat", kind: 4 },
  ]);
  expect(peer.take()).toMatchObject([{ type: FrameType.REGISTERED, stream: 1, arg: 0 }]);
  return peer;
}

function bound(harness: Harness): Peer {
  const peer = harness.peer();
  peer.send({ type: FrameType.ALIAS, route: 7, arg: AliasAction.BIND, meta: { name: METHOD } });
  return peer;
}

describe("unary calls", () => {
  test("go to the provider and back under the router's own ids and alias", () => {
    const harness = new Harness();
    const server = provider(harness);
    const client = bound(harness);
    client.send({
      type: FrameType.OPEN,
      flags: Flag.END,
      stream: 1,
      route: 7,
      arg: 250,
      payload: utf8("hello"),
    });
    const [alias, open] = server.take();
    expect(alias).toMatchObject({
      type: FrameType.ALIAS,
      route: 1,
      arg: 0,
      meta: { name: METHOD },
    });
    expect(open).toMatchObject({ type: FrameType.OPEN, stream: 2, route: 1, arg: 250, hops: 15 });
    expect(text(open?.payload ?? utf8(""))).toBe("hello");
    server.send({ type: FrameType.DATA, flags: Flag.END, stream: 2, payload: utf8("world") });
    const [answer, ...rest] = client.take();
    expect(rest).toEqual([]);
    expect(answer).toMatchObject({ type: FrameType.DATA, flags: Flag.END | Flag.PCRC, stream: 1 });
    expect(text(answer?.payload ?? utf8(""))).toBe("world");
    expect(harness.router.stats.callsInFlight).toBe(0);
  });

  test("may name the method in meta", () => {
    const harness = new Harness();
    const server = provider(harness);
    const client = harness.peer();
    client.send({
      type: FrameType.OPEN,
      flags: Flag.END,
      stream: 1,
      payload: utf8("x"),
      meta: { name: METHOD, user: [["x-tenant", "a"]] },
    });
    expect(server.takeOf(FrameType.OPEN)).toMatchObject([
      { stream: 2, route: 0, meta: { name: METHOD, user: [["x-tenant", "a"]] } },
    ]);
  });

  test("without a provider end UNAVAILABLE and say which service is missing", () => {
    const harness = new Harness();
    const client = bound(harness);
    client.send({ type: FrameType.OPEN, flags: Flag.END, stream: 1, route: 7, payload: utf8("") });
    const [status] = client.take();
    expect(status).toMatchObject({
      type: FrameType.STATUS,
      stream: 1,
      arg: Code.UNAVAILABLE,
      flags: Flag.END | Flag.NOEXEC | Flag.PCRC,
    });
    const { reason, message } = wire.Status.decode(status?.payload ?? utf8(""));
    expect(reason).toBe(Reason.NO_PROVIDER);
    expect(message).toContain("demo.Echo/Say");
  });

  test("to an unknown method of a known service end UNIMPLEMENTED", () => {
    const harness = new Harness();
    provider(harness);
    const client = harness.peer();
    client.send({
      type: FrameType.OPEN,
      flags: Flag.END,
      stream: 1,
      meta: { name: "demo.Echo/Shout" },
      payload: utf8("x"),
    });
    expect(client.take()).toMatchObject([{ type: FrameType.STATUS, arg: Code.UNIMPLEMENTED }]);
  });

  test("forward a STATUS with its trailers", () => {
    const harness = new Harness();
    const server = provider(harness);
    const client = bound(harness);
    client.send({ type: FrameType.OPEN, flags: Flag.END, stream: 1, route: 7, payload: utf8("x") });
    server.send({
      type: FrameType.STATUS,
      flags: Flag.END,
      stream: 2,
      arg: Code.NOT_FOUND,
      meta: { user: [["x-trailer", "t"]] },
      payload: wire.Status.encode({ message: "no such thing" }),
    });
    expect(client.take()).toMatchObject([
      {
        type: FrameType.STATUS,
        stream: 1,
        arg: Code.NOT_FOUND,
        meta: { user: [["x-trailer", "t"]] },
      },
    ]);
    expect(harness.router.stats.callsInFlight).toBe(0);
  });
});

describe("topics", () => {
  test("reach every subscription whose pattern matches, once each", () => {
    const harness = new Harness();
    const listener = harness.peer().subscribe(1, "orders.*.created").subscribe(3, "orders.>");
    expect(listener.takeOf(FrameType.SUBSCRIBED)).toHaveLength(2);
    const publisher = harness.peer();
    for (let count = 0; count < 3; count++) {
      publisher.send({
        type: FrameType.PUBLISH,
        meta: { name: "orders.eu.created" },
        payload: utf8("o-1"),
      });
    }
    const frames = listener.take();
    const events = frames.filter((frame) => frame.type === FrameType.EVENT);
    for (const id of [1, 3]) {
      const own = events.filter(({ stream }) => stream === id);
      expect(own.map(({ arg }) => arg)).toEqual([1, 2, 3]);
      expect(own[0]?.meta.name).toBe("orders.eu.created");
      expect(own[2]?.meta.name).toBeUndefined();
      expect(own[2]?.route).toBe(1);
    }
    expect(events.every((event) => text(event.payload) === "o-1")).toBe(true);
  });
});
