import { FrameType, LinkCode, wire } from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import { Harness, text } from "../testing/harness.ts";

const inflate = (bytes: Uint8Array): Uint8Array => bytes;

function welcomed(init: wire.HelloInit, harness = new Harness({ encodings: { inflate } })) {
  const peer = harness.connect().hello({ wireMin: 1, wireMax: 1, ...init });
  const [answer] = peer.take();
  expect(answer?.type).toBe(FrameType.WELCOME);
  return wire.Welcome.decode(answer?.payload ?? new Uint8Array(0));
}

describe("the major version", () => {
  const cases: readonly [wireMin: number, wireMax: number, agreed: number | undefined][] = [
    [1, 1, 1],
    [0, 1, 1],
    [1, 9, 1],
    [0, 0xffffffff, 1],
    [2, 3, undefined],
    [0, 0, undefined],
    [2, 1, undefined],
  ];
  test.each(cases)("of %i to %i is %s", (wireMin, wireMax, agreed) => {
    const peer = new Harness().connect().hello({ wireMin, wireMax });
    const [answer] = peer.take();
    if (agreed === undefined) {
      expect(answer).toMatchObject({ type: FrameType.ERROR, arg: LinkCode.UNSUPPORTED_VERSION });
      const { message } = wire.Status.decode(answer?.payload ?? new Uint8Array(0));
      expect(message).toContain("this router 1 to 1");
      expect(peer.channel.isEnded).toBe(true);
    } else {
      expect(answer?.type).toBe(FrameType.WELCOME);
      expect(wire.Welcome.decode(answer?.payload ?? new Uint8Array(0)).wire).toBe(agreed);
    }
  });
});

describe("codecs and capabilities", () => {
  test.each<[asked: number[], agreed: number[]]>([
    [[], [0]],
    [[0], [0]],
    [
      [0, 1, 2, 3],
      [0, 1],
    ],
    [[1], [0, 1]],
    [
      [2, 77, 1, 1],
      [0, 1],
    ],
  ])("of %j are %j", (codecs, agreed) => {
    expect(welcomed({ codecs }).codecs).toEqual(agreed);
  });

  test("are those that the router has", () => {
    expect(welcomed({ codecs: [0, 1] }, new Harness()).codecs).toEqual([0]);
  });

  test.each<[asked: string[], agreed: string[]]>([
    [[], []],
    [["json"], ["json"]],
    [["json", "teleport", "json"], ["json"]],
    [["JSON", ""], []],
  ])("named %j are %j", (capabilities, agreed) => {
    expect(welcomed({ capabilities }).capabilities).toEqual(agreed);
  });
});

describe("limits", () => {
  const mebibyte = 1_048_576n;
  test.each<[asked: wire.LimitsInit, agreed: wire.LimitsInit]>([
    [{}, { messageBytesMax: 64n * mebibyte, streamsMax: 10_000, aliasesMax: 4096 }],
    [{ streamsMax: 100 }, { streamsMax: 100 }],
    [{ streamsMax: 1 }, { streamsMax: 16 }],
    [{ streamsMax: 4_000_000_000 }, { streamsMax: 10_000 }],
    [{ messageBytesMax: 2n * mebibyte }, { messageBytesMax: 2n * mebibyte }],
    [{ messageBytesMax: 5n }, { messageBytesMax: mebibyte }],
    [{ messageBytesMax: 0xffff_ffff_ffff_ffffn }, { messageBytesMax: 64n * mebibyte }],
    [{ aliasesMax: 10 }, { aliasesMax: 10 }],
    [{ aliasesMax: 5000 }, { aliasesMax: 4096 }],
  ])("of a client, row %#", (limits, agreed) => {
    expect(welcomed({ limits }).limits).toMatchObject(agreed);
  });

  test("of streams hold for what the client opens, also when the router's own rise", () => {
    const harness = new Harness();
    const peer = harness.peer({ limits: { streamsMax: 16 } });
    for (let at = 0; at < 16; at++) peer.subscribe(1 + 2 * at, "a.b");
    harness.router.setLimits({ streamsPerLink: 100 });
    peer.take();
    peer.send({ type: FrameType.OPEN, stream: 101, meta: { name: "demo.Echo/Say" } });
    const [status] = peer.take();
    expect(status).toMatchObject({ type: FrameType.STATUS, stream: 101 });
    expect(text(status?.payload ?? new Uint8Array(0))).toContain("16 streams");
  });
});

describe("the time for HELLO", () => {
  test("counts from the accepted connection", () => {
    const harness = new Harness();
    const late = harness.connect("memory", 4500);
    const fresh = harness.connect();
    harness.advance(600);
    // Without a preface of its own there is nobody to be told.
    expect(late.channel.isEnded).toBe(true);
    expect(fresh.channel.isEnded).toBe(false);
  });
});

describe("what a log is told of a peer's words", () => {
  test("is cut", () => {
    const harness = new Harness();
    harness.peer().register(1, `demo.${"x".repeat(10_000)}!`, [{ name: "Say", kind: 1 }]);
    const refused = harness.events.find((event) => event.kind === "refused");
    expect(refused?.what.length).toBe(512);
    expect(refused?.message.length).toBe(512);
  });
});
