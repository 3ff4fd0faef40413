import { encodeFrame, encodeReplay, Flag, type FrameInit, FrameType } from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import { bind } from "../testing/demo.ts";
import { Listener, listener, Publisher, quietHarness } from "../testing/listener.ts";

const evack = (
  arg: number,
  payload: readonly number[],
  more: Partial<FrameInit> = {},
): FrameInit => ({
  type: FrameType.EVACK,
  stream: 1,
  arg,
  payload: Uint8Array.from(payload),
  ...more,
});

describe("EVACK", () => {
  const rows: readonly [string, FrameInit, string[]][] = [
    ["is one byte", evack(1, []), ["error 257"]],
    ["is no more than one byte", evack(1, [0, 0]), ["error 257"]],
    ["says nack with a delay", evack(1, [1]), ["error 257"]],
    ["has four kinds", evack(1, [4]), ["error 257"]],
    ["speaks of what was sent", evack(2, [0]), ["error 257"]],
    ["may speak of none", evack(0, [0], { flags: Flag.END }), []],
    ["counts modulo 2^32", evack(0xffffffff, [0]), []],
    ["is for subscriptions", evack(1, [0], { stream: 3 }), ["error 257"]],
  ];
  test.each(
    rows.flatMap(([what, frame, answer]) =>
      [0, 1].map((qos) => [what, qos, frame, answer] as const),
    ),
  )("%s, at QoS %i", (_what, qos, frame, answer) => {
    const harness = quietHarness();
    const to = listener(harness, "a", { qos });
    new Publisher(harness).publish("a", "x");
    to.heard();
    to.peer.send(frame);
    expect(to.heard()).toEqual(answer);
  });

  test("that gives many deliveries more time makes its link wait for its share of a turn", () => {
    const harness = quietHarness();
    const to = listener(harness, "a", { qos: 1 });
    const publisher = new Publisher(harness);
    for (let count = 0; count < 1000; count++) publisher.publish("a", "x");
    expect(to.heard()).toHaveLength(1000);
    let pauses = 0;
    to.peer.channel.pause = () => void pauses++;
    const later = (upTo: boolean) => encodeFrame(evack(1000, [2], upTo ? { flags: Flag.END } : {}));
    to.peer.post(...Array.from({ length: 100 }, () => later(false)));
    expect(pauses).toBe(0);
    to.peer.post(...Array.from({ length: 100 }, () => later(true)));
    expect(pauses).toBe(1);
    harness.turn();
    to.ack(1000, true);
    expect(to.heard()).toEqual([]);
  });

  test("on a subscription that has ended is dropped", () => {
    const harness = quietHarness();
    const to = listener(harness, "a");
    to.unsubscribe();
    to.peer.send(evack(1, [0]));
    expect(to.heard()).toEqual(["ended 0 0"]);
  });
});

describe("REPLAY", () => {
  const asked = { epoch: 1, from: 1, to: 5, most: 0 };
  const frame = (more: Partial<FrameInit>): FrameInit => ({
    type: FrameType.REPLAY,
    stream: 1,
    payload: encodeReplay(asked),
    ...more,
  });

  test.each([
    ["has a size", frame({ payload: new Uint8Array(23), meta: { name: "a" } }), ["error 257"]],
    ["names a topic", frame({}), ["ended 3 0"]],
    ["names it by an alias that is bound", frame({ route: 9 }), ["ended 3 0"]],
    ["names it once", frame({ route: 5, meta: { name: "a" } }), ["ended 3 0"]],
    [
      "of a topic that is not kept tells so",
      frame({ meta: { name: "b" } }),
      ["gap b 0-0 x0 reset"],
    ],
  ])("%s", (_what, replay, answer) => {
    const harness = quietHarness();
    const to = listener(harness, "*", { qos: 1 });
    to.peer.send(bind(5, "a"), replay);
    expect(to.heard()).toEqual(answer);
  });

  test("takes the client's own alias", () => {
    const harness = quietHarness();
    const to = listener(harness, "a", { qos: 1 });
    new Publisher(harness).publish("a", "x");
    const [event] = to.frames();
    const epoch = event?.meta.position?.epoch ?? 0;
    const payload = encodeReplay({ ...asked, epoch });
    to.peer.send(bind(5, "a"), { type: FrameType.REPLAY, stream: 1, route: 5, payload });
    expect(to.heard()).toEqual(["2 a@1 x q0"]);
  });
});

describe("a subscription", () => {
  test("that is leaving takes no second UNSUBSCRIBE for more than a frame that does nothing", () => {
    const harness = quietHarness({ idleControlPerSecond: 3 });
    const to = listener(harness, "a");
    new Publisher(harness).publish("a", "x");
    to.heard();
    for (let count = 0; count < 3; count++) to.unsubscribe();
    expect(to.heard()).toEqual([]);
    to.unsubscribe();
    expect(to.heard()[0]).toMatch(/^error/);
  });

  test("is refused beyond the streams of a link, while one that leaves is still open", () => {
    const harness = quietHarness({ streamsPerLink: 1 });
    const to = listener(harness, "a");
    new Publisher(harness).publish("a", "x");
    to.heard();
    to.unsubscribe();
    expect(new Listener(to.peer, 3).subscribe("b").heard()).toEqual(["refused 8"]);
    to.ack(1);
    to.heard();
    expect(new Listener(to.peer, 5).subscribe("b").heard()).toEqual(["subscribed q0"]);
  });
});
