import { encodeFrame, Flag, type FrameInit, FrameType, LinkCode } from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import { Harness } from "../testing/harness.ts";

const KIB = 1024;

/** A PUBLISH of so many bytes. */
const large = (kib: number): Uint8Array => {
  const frame: FrameInit = {
    type: FrameType.PUBLISH,
    flags: Flag.EXPRESS,
    meta: { name: "a.b" },
    payload: new Uint8Array(kib * KIB),
  };
  return encodeFrame(frame);
};

describe("frames that have not wholly come", () => {
  test("count as memory of the router, whose largest holder goes", () => {
    const harness = new Harness({ limits: { routerQueuedBytes: 1000 * KIB } });
    const [small, larger, third] = [harness.peer(), harness.peer(), harness.peer()];
    small.raw(large(500).subarray(0, 300 * KIB));
    larger.raw(large(900).subarray(0, 500 * KIB));
    expect(larger.take()).toEqual([]);
    third.raw(large(400).subarray(0, 390 * KIB));
    expect(larger.take()).toMatchObject([{ type: FrameType.ERROR, arg: LinkCode.SLOW_CONSUMER }]);
    expect([...small.take(), ...third.take()]).toEqual([]);
    expect(harness.router.linkCount).toBe(3);
    // What the others hold fits once it is gone, and the rest of a frame makes it whole.
    third.raw(large(400).subarray(390 * KIB));
    third.raw(large(990).subarray(0, 600 * KIB));
    expect([...small.take(), ...third.take()]).toEqual([]);
  });

  test("are given back when their link goes", () => {
    const harness = new Harness({ limits: { routerQueuedBytes: 1000 * KIB } });
    for (let round = 0; round < 5; round++) {
      const peer = harness.peer();
      peer.raw(large(900).subarray(0, 800 * KIB));
      expect(peer.take()).toEqual([]);
      peer.kill();
    }
  });
});
