import { Code, Flag, FrameType, LinkCode, preface, wire } from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import { provider, unary } from "../testing/demo.ts";
import { Harness, utf8 } from "../testing/harness.ts";

describe("draining", () => {
  test.each([
    [0.4, 1],
    [1e12, 0xffffffff],
  ])("takes a grace of %d ms and says %d", async (graceMs, said) => {
    const harness = new Harness();
    const client = harness.peer();
    const drained = harness.router.drain(graceMs);
    harness.turn();
    const [first] = client.takeOf(FrameType.GOAWAY);
    expect(wire.GoAway.decode(first?.payload ?? utf8("")).graceMs).toBe(said);
    harness.advance(1100);
    await drained;
  });

  test("says GOAWAY twice, lets calls finish, then ends everything and closes", async () => {
    const harness = new Harness();
    const server = provider(harness);
    const client = harness.peer().subscribe(1, "a");
    client.send(unary(3));
    client.take();
    server.take();
    const drained = harness.router.drain(30_000);
    harness.turn();
    const [first, ping] = client.take();
    expect(first).toMatchObject({ type: FrameType.GOAWAY, arg: LinkCode.SHUTTING_DOWN });
    expect(wire.GoAway.decode(first?.payload ?? utf8("")).lastStream).toBe(0xffffffff);
    client.send(unary(5));
    client.send({ type: FrameType.PONG, payload: ping?.payload ?? utf8("") });
    const [second] = client.take();
    expect(wire.GoAway.decode(second?.payload ?? utf8("")).lastStream).toBe(5);
    client.send(unary(7));
    expect(server.takeOf(FrameType.OPEN)).toHaveLength(1);
    harness.advance(1100);
    for (const id of [2, 4]) {
      server.send({ type: FrameType.DATA, flags: Flag.END, stream: id, payload: utf8("x") });
    }
    expect(client.take().map(({ type, stream }) => [type, stream])).toEqual([
      [FrameType.DATA, 3],
      [FrameType.DATA, 5],
      [FrameType.UNSUBSCRIBED, 1],
      [FrameType.CLOSE, 0],
    ]);
    expect(server.take().slice(-2)).toMatchObject([
      { type: FrameType.UNREGISTERED, stream: 1 },
      { type: FrameType.CLOSE, arg: LinkCode.SHUTTING_DOWN },
    ]);
    await drained;
  });

  test("ends what is still in flight at the end of the grace", async () => {
    const harness = new Harness();
    provider(harness);
    const client = harness.peer();
    client.send(unary(1));
    const drained = harness.router.drain(2000);
    harness.advance(2100);
    await drained;
    const frames = client.take();
    expect(frames.at(-2)).toMatchObject({ type: FrameType.STATUS, arg: Code.UNAVAILABLE });
    expect(frames.at(-1)).toMatchObject({ type: FrameType.CLOSE });
  });

  test("turns away who has not said HELLO and who comes new", () => {
    const harness = new Harness();
    const early = harness.connect();
    void harness.router.drain(1000);
    harness.turn();
    early.raw(preface());
    const late = harness.connect();
    harness.turn();
    expect(early.channel.isEnded && late.channel.isEnded).toBe(true);
  });

  test("a provider that goes away gets no new calls, and those it ignored may be tried again", () => {
    const harness = new Harness();
    const server = provider(harness);
    const client = harness.peer();
    client.send(unary(1), unary(3));
    const payload = wire.GoAway.encode({ lastStream: 2 });
    server.send({ type: FrameType.GOAWAY, arg: LinkCode.SHUTTING_DOWN, payload });
    const [status] = client.take();
    expect(status).toMatchObject({ stream: 3, arg: Code.UNAVAILABLE });
    expect((status?.flags ?? 0) & Flag.NOEXEC).toBe(Flag.NOEXEC);
    client.send(unary(5));
    expect(client.take()).toMatchObject([{ stream: 5, arg: Code.UNAVAILABLE }]);
    server.send({ type: FrameType.DATA, flags: Flag.END, stream: 2, payload: utf8("x") });
    expect(client.take()).toMatchObject([{ type: FrameType.DATA, stream: 1 }]);
  });
});
