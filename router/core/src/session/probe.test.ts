import { Flag, FrameType } from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";
import { methods, SERVICE, unary } from "../testing/demo.ts";
import { Harness } from "../testing/harness.ts";

async function ping(harness: Harness, link: number, timeoutMs: number) {
  return (await harness.router.ping(new Set([link]), timeoutMs)).get(link);
}

function asked(timeoutMs = 500) {
  const harness = new Harness();
  const peer = harness.peer();
  const answers = [ping(harness, 1, timeoutMs), ping(harness, 1, timeoutMs)];
  harness.turn();
  return { harness, peer, answers };
}

describe("a sign of life", () => {
  it("is one PING, whose PONG tells everybody who waits how long it took", async () => {
    const { harness, peer, answers } = asked();
    const pings = peer.takeOf(FrameType.PING);
    expect(pings).toHaveLength(1);
    harness.now += 7;
    peer.send({ type: FrameType.PONG, payload: new Uint8Array(8) });
    peer.send({ type: FrameType.PONG, payload: pings[0]?.payload ?? new Uint8Array() });
    expect(await Promise.all(answers)).toEqual([7, 7]);
  });

  it("does not come in time, or from a link that is gone or was never there", async () => {
    const silent = asked(500);
    silent.harness.advance(500);
    expect(await Promise.all(silent.answers)).toEqual([undefined, undefined]);
    const killed = asked();
    killed.peer.kill();
    expect(await Promise.all(killed.answers)).toEqual([undefined, undefined]);
    expect(await ping(killed.harness, 99, 500)).toBeUndefined();
  });

  it("can be asked for again after one that did not come", async () => {
    const { harness, peer } = asked(100);
    harness.advance(100);
    peer.take();
    const answer = ping(harness, 1, 100);
    harness.turn();
    const [question] = peer.takeOf(FrameType.PING);
    peer.send({ type: FrameType.PONG, payload: question?.payload ?? new Uint8Array() });
    expect(await answer).toBe(0);
  });
});

describe("the router's own link", () => {
  it("is seen by nobody, and alone may serve the router's services", () => {
    const harness = new Harness();
    const peer = harness.connect();
    peer.channel.destroy();
    harness.events.length = 0;
    const own = harness.connectInternal().hello();
    own.registerAs(1, { service: "nexus.router.v1.Own", methods: [...methods] });
    expect(own.takeOf(FrameType.REGISTERED)[0]?.arg).toBe(0);
    expect(harness.events).toEqual([]);
    expect(harness.router.stats).toMatchObject({ links: 0, services: 0 });
    expect(harness.router.services().map(({ isInternal }) => isInternal)).toEqual([true]);
    for (const service of ["nexus.router.v1.Own", "grpc.health.v1.Health"]) {
      const other = harness.peer();
      other.registerAs(1, { service, methods: [...methods] });
      expect(other.takeOf(FrameType.REGISTERED)[0]?.arg).toBe(3);
    }
  });
});

describe("services", () => {
  it("are told with their instances and the calls that are over", () => {
    const harness = new Harness();
    const provider = harness.peer();
    provider.registerAs(1, {
      service: SERVICE,
      methods: [...methods],
      instance: "a",
      version: "2",
    });
    const [view] = harness.router.services(SERVICE);
    expect(view).toMatchObject({ service: SERVICE, policy: "round_robin", isInternal: false });
    expect(view?.methods.map(({ name }) => name)).toEqual(["Say", "Put", "Watch", "Chat"]);
    expect(view?.instances).toMatchObject([{ instance: "a", version: "2", link: 1, inFlight: 0 }]);
    expect(harness.router.services("demo.Other")).toEqual([]);
    const caller = harness.peer();
    caller.send(unary(1));
    const [opened] = provider.takeOf(FrameType.OPEN);
    const ended = { type: FrameType.STATUS, stream: opened?.stream ?? 0, arg: 10, flags: Flag.END };
    harness.now += 5;
    provider.send(ended);
    const [say] = harness.router.services(SERVICE)[0]?.instances[0]?.methods ?? [];
    expect(say).toMatchObject({ name: "Say", calls: 1, durationMs: 5, durationMsMax: 5 });
    expect(say?.codes).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
  });
});
