import { Code, Flag, FrameType, wire } from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import { methods, provider, SERVICE, unary } from "../testing/demo.ts";
import { Harness, utf8 } from "../testing/harness.ts";

describe("choosing", () => {
  test("takes instances in turn", () => {
    const harness = new Harness();
    const servers = [provider(harness), provider(harness), provider(harness)];
    const client = harness.peer();
    for (let id = 1; id <= 11; id += 2) client.send(unary(id));
    expect(servers.map((server) => server.takeOf(FrameType.OPEN).length)).toEqual([2, 2, 2]);
  });

  test("passes over an instance that has its calls in flight, and refuses when all have", () => {
    const harness = new Harness();
    const register = (limit: number) => {
      const peer = harness.peer().registerAs(1, { service: SERVICE, methods, maxInFlight: limit });
      peer.take();
      return peer;
    };
    const servers = [register(1), register(3)];
    const client = harness.peer();
    for (let id = 1; id <= 9; id += 2) client.send(unary(id));
    expect(servers.map((server) => server.takeOf(FrameType.OPEN).length)).toEqual([1, 3]);
    const [status] = client.take();
    expect(status).toMatchObject({
      type: FrameType.STATUS,
      stream: 9,
      arg: Code.RESOURCE_EXHAUSTED,
    });
    expect((status?.flags ?? 0) & Flag.NOEXEC).toBe(Flag.NOEXEC);
  });

  test("prefers the idlest under least_in_flight", () => {
    const harness = new Harness();
    const register = () => {
      const peer = harness.peer().registerAs(1, { service: SERVICE, methods, policy: 2 });
      peer.take();
      return peer;
    };
    const busy = register();
    const idle = register();
    const client = harness.peer();
    client.send(unary(1));
    client.send(unary(3));
    const [first] = idle.takeOf(FrameType.OPEN);
    idle.send({
      type: FrameType.DATA,
      flags: Flag.END,
      stream: first?.stream ?? 0,
      payload: utf8("x"),
    });
    client.send(unary(5));
    expect([busy.takeOf(FrameType.OPEN).length, idle.takeOf(FrameType.OPEN).length]).toEqual([
      1, 1,
    ]);
  });

  test("refuses an instance that wants another policy", () => {
    const harness = new Harness();
    provider(harness);
    const other = harness.peer().registerAs(1, { service: SERVICE, methods, policy: 2 });
    const [answer] = other.take();
    expect(answer).toMatchObject({ type: FrameType.REGISTERED, arg: Code.FAILED_PRECONDITION });
    expect(wire.Registered.decode(answer?.payload ?? utf8("")).message).toContain("round_robin");
  });

  test("stops at UNREGISTER, whose answer comes after the last call", () => {
    const harness = new Harness();
    const server = provider(harness);
    const client = harness.peer();
    client.send(unary(1));
    server.take();
    server.send({ type: FrameType.UNREGISTER, stream: 1 });
    expect(server.take()).toEqual([]);
    client.send(unary(3));
    expect(client.take()).toMatchObject([{ stream: 3, arg: Code.UNAVAILABLE }]);
    server.send({ type: FrameType.DATA, flags: Flag.END, stream: 2, payload: utf8("x") });
    expect(server.take()).toMatchObject([{ type: FrameType.UNREGISTERED, stream: 1, arg: 0 }]);
    expect(client.take()).toMatchObject([{ type: FrameType.DATA, stream: 1 }]);
  });
});

describe("registrations", () => {
  test("of one link hold a bounded number of methods, and give them back", () => {
    const harness = new Harness();
    const peer = harness.peer();
    const many = Array.from({ length: 1000 }, (_, at) => ({ name: `M${at}`, kind: 1 }));
    for (let at = 0; at <= 10; at++) peer.register(1 + 2 * at, `demo.S${at}`, many);
    const answers = peer.takeOf(FrameType.REGISTERED).map(({ arg }) => arg);
    expect(answers).toEqual([...new Array(10).fill(0), Code.RESOURCE_EXHAUSTED]);
    peer.send({ type: FrameType.UNREGISTER, stream: 1 });
    peer.register(101, "demo.Last", many);
    expect(peer.takeOf(FrameType.REGISTERED)).toMatchObject([{ stream: 101, arg: 0 }]);
  });

  test("are refused with an instance's name of any length", () => {
    const harness = new Harness();
    const instance = "i".repeat(256);
    const peer = harness.peer().registerAs(1, { service: SERVICE, methods, instance });
    expect(peer.take()).toMatchObject([{ type: FrameType.REGISTERED, arg: Code.INVALID_ARGUMENT }]);
  });
});
