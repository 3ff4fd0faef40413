/** Acknowledged publishes against a peer that is nothing but frames: what leaves, and what every answer means. */
import {
  Code,
  encodePublishAck,
  Flag,
  FrameType,
  LinkCode,
  limits,
  packCode,
  Reason,
  wire,
} from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";
import { failure } from "../testing/gate.ts";
import { CertainNoteTopic } from "../testing/notes.ts";
import { args, publish, stage, texts } from "../testing/raw-lane.ts";
import { settle } from "../testing/test-clock.ts";

describe("a lane", () => {
  it("is opened by its first publish, with a producer of its own for each priority", async () => {
    const { link, published } = await stage();
    void publish(link, "a");
    void publish(link, "b");
    void link.publish(CertainNoteTopic, { text: "c" }, { priority: 2 });
    const [first, second, other] = await published(3);
    expect(first).toMatchObject({ stream: 1, arg: 1, class: 0x88, flags: Flag.PCRC });
    expect(first?.meta).toMatchObject({ producer: { epoch: 1, sequence: 1 }, fingerprint: 7n });
    expect(second).toMatchObject({ stream: 1, arg: 2, meta: {} });
    expect(other).toMatchObject({ stream: 3, arg: 1, class: 0x48 });
    const ids = [first, other].map((each) => each?.meta.producer?.id);
    expect(ids[0]).toHaveLength(16);
    expect(ids[0]).not.toEqual(ids[1]);
  });

  it("settles everything that a cumulative answer covers, with the position of the last", async () => {
    const { link, published, answer } = await stage();
    const receipts = ["a", "b", "c"].map((text) => publish(link, text));
    await published(3);
    answer(2, 0, { epoch: 5, sequence: 1001 });
    answer(3, 0, { epoch: 5, sequence: 1002 });
    expect(await Promise.all(receipts)).toEqual([
      { position: undefined, duplicate: false },
      { position: { epoch: 5, sequence: 1001 }, duplicate: false },
      { position: { epoch: 5, sequence: 1002 }, duplicate: false },
    ]);
  });

  it("takes a duplicate for a success and tells its position", async () => {
    const { link, published, answer } = await stage();
    const receipt = publish(link, "a");
    await published(1);
    answer(1, packCode(Code.ALREADY_EXISTS, Reason.DUPLICATE), { epoch: 5, sequence: 9 });
    expect(await receipt).toEqual({ position: { epoch: 5, sequence: 9 }, duplicate: true });
  });

  it.each([
    ["INVALID_ARGUMENT", packCode(Code.INVALID_ARGUMENT)],
    ["INVALID_ARGUMENT", packCode(Code.INVALID_ARGUMENT, Reason.TOO_LARGE)],
    ["PERMISSION_DENIED", packCode(Code.PERMISSION_DENIED, Reason.ACL)],
    ["UNIMPLEMENTED", packCode(Code.UNIMPLEMENTED)],
    ["FAILED_PRECONDITION", packCode(Code.FAILED_PRECONDITION, Reason.SCHEMA_MISMATCH)],
    ["INTERNAL", packCode(Code.INTERNAL)],
  ])("rejects exactly the one that is answered %s, and goes on", async (code, packed) => {
    const { link, published, answer } = await stage();
    const receipts = ["a", "b", "c"].map((text) => publish(link, text));
    const refused = failure(receipts[1] as Promise<unknown>);
    await published(3);
    answer(2, packed);
    answer(3);
    expect(await refused).toMatchObject({ code });
    expect(await receipts[0]).toMatchObject({ duplicate: false });
    expect(await receipts[2]).toMatchObject({ duplicate: false });
    void publish(link, "d");
    expect(args(await published(1))).toEqual([4]);
  });

  it.each([
    ["DATA_LOSS", packCode(Code.DATA_LOSS)],
    ["RESOURCE_EXHAUSTED", packCode(Code.RESOURCE_EXHAUSTED)],
    ["UNAVAILABLE", packCode(Code.UNAVAILABLE)],
  ])(
    "sends again from the lowest not held after %s, once all is answered and a pause is over",
    async (code, packed) => {
      const { router, link, clock, told, published, answer } = await stage();
      const receipts = ["a", "b", "c"].map((text) => publish(link, text));
      await published(3);
      answer(2, packed);
      answer(3, packCode(Code.FAILED_PRECONDITION, Reason.OUT_OF_ORDER));
      await clock.advance(100);
      expect(router.waiting).toBe(0);
      answer(1);
      await settle();
      const again = await published(2);
      expect(texts(again)).toEqual(["b", "c"]);
      expect(args(again)).toEqual([2, 3]);
      expect(again[0]?.meta.producer).toBeUndefined();
      answer(3);
      await Promise.all(receipts);
      expect(told.filter(({ kind }) => kind === "retry")).toEqual([
        { kind: "retry", method: "publish", attempt: 1, code },
      ]);
    },
  );

  it("doubles its pause while nothing is held, and sends nothing meanwhile", async () => {
    const { router, link, clock, published, answer } = await stage();
    const receipt = publish(link, "a");
    for (const pauseMs of [25, 50, 100]) {
      await published(1);
      answer(1, packCode(Code.RESOURCE_EXHAUSTED));
      await clock.advance(pauseMs - 9);
      expect(router.waiting).toBe(0);
      await clock.advance(17);
      expect(router.waiting).toBe(1);
    }
    await published(1);
    answer(1);
    await receipt;
  });

  it("opens another id where the first message of one is refused, and waits for no answer on it", async () => {
    const { router, link, clock, published, answer } = await stage();
    const receipts = ["a", "b"].map((text) => publish(link, text));
    const [first] = await published(2);
    answer(1, packCode(Code.RESOURCE_EXHAUSTED));
    await clock.advance(100);
    const again = await published(2);
    expect(again[0]).toMatchObject({ stream: 3, arg: 1 });
    expect(again[0]?.meta.producer).toEqual(first?.meta.producer);
    // What still comes for the old id means nothing any more.
    const ack = {
      code: packCode(Code.FAILED_PRECONDITION, Reason.OUT_OF_ORDER),
      epoch: 0,
      sequence: 0,
    };
    const late = { type: FrameType.PUBACK, stream: 1, arg: 2, payload: encodePublishAck(ack) };
    router.send(late);
    answer(2);
    await Promise.all(receipts);
    expect(router.waiting).toBe(0);
  });

  it("begins anew under a higher epoch where the router misses what nobody has", async () => {
    const { link, clock, published, answer } = await stage();
    const receipts = ["a", "b"].map((text) => publish(link, text));
    const [first] = await published(2);
    answer(1, packCode(Code.FAILED_PRECONDITION, Reason.OUT_OF_ORDER));
    await clock.advance(100);
    const again = await published(2);
    expect(again[0]).toMatchObject({ stream: 3, arg: 1 });
    expect(again[0]?.meta.producer).toEqual({
      id: first?.meta.producer?.id,
      epoch: 2,
      sequence: 1,
    });
    answer(2);
    await Promise.all(receipts);
  });

  it("ends with everything in it when it is fenced; the next publish is a new producer's", async () => {
    const { link, published, answer } = await stage();
    const over = ["a", "b"].map((text) => failure(publish(link, text)));
    const [first] = await published(2);
    answer(1, packCode(Code.ABORTED, Reason.FENCED));
    expect(await Promise.all(over)).toMatchObject([
      { code: "ABORTED", reason: "FENCED", notExecuted: false },
      { code: "ABORTED", reason: "FENCED", notExecuted: false },
    ]);
    const receipt = publish(link, "c");
    const [next] = await published(1);
    expect(next).toMatchObject({ stream: 3, arg: 1, meta: { producer: { sequence: 1 } } });
    expect(next?.meta.producer?.id).not.toEqual(first?.meta.producer?.id);
    answer(1);
    await receipt;
  });

  it.each([
    ["an answer for what never left", { arg: 9 }],
    ["another frame than PUBACK", { type: FrameType.GAP }],
    ["a payload of a wrong size", { payload: Uint8Array.of(1) }],
  ])("ends the link for %s", async (_, wrong) => {
    const { router, link, published } = await stage();
    const receipt = publish(link, "a");
    receipt.catch(() => {});
    await published(1);
    const payload = encodePublishAck({ code: 0, epoch: 0, sequence: 0 });
    router.send({ type: FrameType.PUBACK, stream: 1, arg: 1, payload, ...wrong });
    const error = { type: FrameType.ERROR, arg: LinkCode.PROTOCOL_ERROR };
    expect(await router.take(1)).toMatchObject([error]);
    await link.close();
  });
});

describe("a lane and its link", () => {
  it("sends what was not answered again on the next link, first of all, under the same sequences", async () => {
    const { router, link, clock, published, answer } = await stage();
    const receipts = ["a", "b", "c"].map((text) => publish(link, text));
    const [first] = await published(3);
    answer(1);
    await settle();
    router.cut();
    await settle();
    receipts.push(publish(link, "d"));
    await clock.advance(100);
    const again = await published(3);
    expect(texts(again)).toEqual(["b", "c", "d"]);
    expect(args(again)).toEqual([2, 3, 4]);
    expect(again[0]?.meta.producer).toEqual({
      id: first?.meta.producer?.id,
      epoch: 1,
      sequence: 2,
    });
    answer(2, packCode(Code.ALREADY_EXISTS, Reason.DUPLICATE), { epoch: 1, sequence: 2 });
    answer(4);
    expect((await Promise.all(receipts)).map(({ duplicate }) => duplicate)).toEqual([
      false,
      true,
      false,
      false,
    ]);
  });

  it("moves to the next session when the router goes away, after the answers it still owes", async () => {
    const { router, link, clock, published, answer } = await stage();
    const receipts = [publish(link, "a")];
    await published(1);
    router.send({
      type: FrameType.GOAWAY,
      arg: LinkCode.SHUTTING_DOWN,
      payload: wire.GoAway.encode({ lastStream: 0xffff_ffff, reason: "restart" }),
    });
    await settle();
    receipts.push(publish(link, "b"));
    await settle();
    expect(router.waiting).toBe(0);
    const old = router.connection();
    await clock.advance(100);
    expect(router.connections).toBe(2);
    expect(router.waiting).toBe(0);
    old({
      type: FrameType.PUBACK,
      stream: 1,
      arg: 1,
      payload: encodePublishAck({ code: 0, epoch: 0, sequence: 0 }),
    });
    const [second] = await published(1);
    expect(second).toMatchObject({ stream: 1, arg: 2, meta: { producer: { sequence: 2 } } });
    answer(2);
    await Promise.all(receipts);
  });

  it("says END with the last message of a drain, and closes when it is answered", async () => {
    const { router, link, published, answer } = await stage();
    const receipts = Array.from({ length: limits.laneWindowMessages + 2 }, (_, at) =>
      publish(link, String(at)),
    );
    await published(limits.laneWindowMessages);
    const drained = link.drain();
    await settle();
    const late = failure(publish(link, "late"));
    answer(limits.laneWindowMessages);
    const rest = await published(2);
    expect(rest.map(({ flags }) => flags & Flag.END)).toEqual([0, Flag.END]);
    answer(limits.laneWindowMessages + 2);
    await Promise.all([...receipts, drained]);
    expect(await late).toMatchObject({ code: "UNAVAILABLE", notExecuted: true });
    expect(await router.take(1)).toMatchObject([{ type: FrameType.CLOSE }]);
  });

  it("ends UNAVAILABLE when the link is closed; what never left says so", async () => {
    const { router, link, published } = await stage();
    const left = failure(publish(link, "a"));
    await published(1);
    router.cut();
    await settle();
    const never = failure(publish(link, "b"));
    await link.close();
    expect(await left).toMatchObject({ code: "UNAVAILABLE", notExecuted: false });
    expect(await never).toMatchObject({ code: "UNAVAILABLE", notExecuted: true });
    expect(await failure(publish(link, "c"))).toMatchObject({ code: "UNAVAILABLE" });
  });
});
