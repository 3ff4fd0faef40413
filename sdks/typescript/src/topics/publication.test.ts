/** An acknowledged publish as its caller sees it: giving up, waiting for room, being refused. */
import { Flag, FrameType, limits } from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";
import { failure, gate } from "../testing/gate.ts";
import {
  CertainNoteTopic,
  KeptCertainNoteTopic,
  Note,
  NoteService,
  TwiceNoteTopic,
} from "../testing/notes.ts";
import { args, publish, stage, texts } from "../testing/raw-lane.ts";
import { settle } from "../testing/test-clock.ts";

describe("giving up", () => {
  it("takes back what has not left; the next takes its sequence", async () => {
    const { router, link, clock, published } = await stage();
    router.cut();
    await settle();
    const controller = new AbortController();
    const late = failure(link.publish(CertainNoteTopic, { text: "a" }, { timeoutMs: 10 }));
    const gone = failure(
      link.publish(CertainNoteTopic, { text: "b" }, { signal: controller.signal }),
    );
    void publish(link, "c");
    controller.abort();
    await clock.advance(20);
    expect(await late).toMatchObject({ code: "DEADLINE_EXCEEDED", notExecuted: true });
    expect(await gone).toMatchObject({ code: "CANCELLED", notExecuted: true });
    await clock.advance(100);
    const [only] = await published(1);
    expect([only?.arg, Note.decode(only?.payload ?? new Uint8Array(0)).text]).toEqual([1, "c"]);
  });

  it("leaves what has left where it is, and says nothing of its fate", async () => {
    const { router, link, clock, published, answer } = await stage();
    const late = failure(link.publish(CertainNoteTopic, { text: "a" }, { timeoutMs: 10 }));
    await published(1);
    await clock.advance(20);
    expect(await late).toMatchObject({ code: "DEADLINE_EXCEEDED", notExecuted: false });
    router.cut();
    await clock.advance(100);
    expect(texts(await published(1))).toEqual(["a"]);
    answer(1);
    const next = publish(link, "b");
    expect(args(await published(1))).toEqual([2]);
    answer(2);
    await next;
  });

  it("sends nothing where there is no time at all, or the signal was aborted before", async () => {
    const { router, link } = await stage();
    const none = link.publish(CertainNoteTopic, {}, { timeoutMs: 0 });
    expect(await failure(none)).toMatchObject({ code: "DEADLINE_EXCEEDED", notExecuted: true });
    const gone = link.publish(CertainNoteTopic, {}, { signal: AbortSignal.abort("no") });
    expect(await failure(gone)).toMatchObject({ code: "CANCELLED", notExecuted: true });
    await settle();
    expect(router.waiting).toBe(0);
  });

  it("drops what nobody wants any more before it has left", async () => {
    const { router, link, clock, published } = await stage();
    router.cut();
    await settle();
    const stale = failure(link.publish(CertainNoteTopic, { text: "a" }, { ttlMs: 20 }));
    void link.publish(CertainNoteTopic, { text: "b" }, { ttlMs: 500 });
    await clock.advance(100);
    expect(await stale).toMatchObject({ code: "DEADLINE_EXCEEDED", notExecuted: true });
    const [fresh] = await published(1);
    expect(fresh?.arg).toBe(1);
    expect(fresh?.meta.ttlMs).toBeLessThan(500);
  });

  it("waits for the window, and refuses what waits beyond its bound", async () => {
    const { router, link, told } = await stage();
    router.cut();
    await settle();
    const bound = limits.laneWindowMessages + 1024;
    const receipts = Array.from({ length: bound }, (_, at) => failure(publish(link, String(at))));
    expect(await failure(publish(link, "more"))).toMatchObject({
      code: "RESOURCE_EXHAUSTED",
      reason: "SLOW_CONSUMER",
      notExecuted: true,
    });
    expect(told.filter(({ kind }) => kind === "slow")).toHaveLength(1);
    await link.close();
    expect(await receipts.at(-1)).toMatchObject({ code: "UNAVAILABLE", notExecuted: true });
  });

  it("keeps no more than the window's bytes on their way", async () => {
    const { router, link, published, answer } = await stage();
    const bytes = new Uint8Array(1_000_000);
    const receipts = Array.from({ length: 10 }, () => link.publish(CertainNoteTopic, { bytes }));
    await published(8);
    await settle();
    expect(router.waiting).toBe(0);
    answer(8);
    await published(2);
    answer(10);
    await Promise.all(receipts);
  });
});

describe("a handler", () => {
  it("publishes acknowledged events while its service is drained", async () => {
    const { router, link, published, answer } = await stage();
    const going = gate();
    const served = link.serve(NoteService, {
      async get(request, context) {
        await going.opened;
        await context.link.publish(CertainNoteTopic, request);
        return request;
      },
    });
    const [register] = await router.take(1);
    router.send({ type: FrameType.REGISTERED, stream: register?.stream ?? 0 });
    await served;
    router.send({
      type: FrameType.OPEN,
      flags: Flag.END,
      stream: 2,
      arg: 1_000,
      meta: { name: "notes.v1.NoteService/Get" },
      payload: Note.encode({ text: "a" }),
    });
    await settle();
    const drained = link.drain();
    await settle();
    going.open();
    expect(texts(await published(1))).toEqual(["a"]);
    answer(1);
    expect(await router.take(1)).toMatchObject([{ type: FrameType.DATA, stream: 2 }]);
    router.send({ type: FrameType.UNREGISTERED, stream: register?.stream ?? 0 });
    await drained;
  });
});

describe("retained and refused", () => {
  it("flags events of retained topics, and clears with an empty one", async () => {
    const { link, published, answer } = await stage();
    const set = link.publish(KeptCertainNoteTopic, { text: "a", count: 1 });
    const cleared = link.clearRetained(KeptCertainNoteTopic, { text: "a", count: 2 });
    const [value, empty] = await published(2);
    expect(value).toMatchObject({ flags: Flag.PCRC | Flag.RETAIN, route: 1 });
    expect(empty).toMatchObject({ flags: Flag.PCRC | Flag.RETAIN, route: 1, payloadCrc: 0 });
    expect(empty?.payload).toHaveLength(0);
    answer(2);
    await Promise.all([set, cleared]);
  });

  it("clears nothing of a topic that is not retained", async () => {
    const { link } = await stage();
    const error = await failure(link.clearRetained(CertainNoteTopic, {}));
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
  });

  it("publishes nothing of QoS 2", async () => {
    const { link } = await stage();
    const error = await failure(link.publish(TwiceNoteTopic, {}));
    expect(error).toMatchObject({ code: "UNIMPLEMENTED" });
    expect(String(error)).toContain("QoS 0 and 1");
  });

  it("rejects what cannot be encoded or is too large, and goes on", async () => {
    const { link, published, answer } = await stage();
    const large = link.publish(CertainNoteTopic, { bytes: new Uint8Array(limits.frameBytes) });
    expect(await failure(large)).toMatchObject({ code: "INVALID_ARGUMENT", reason: "TOO_LARGE" });
    const wrong = link.publish(CertainNoteTopic, { text: 7 as unknown as string });
    expect(await failure(wrong)).toMatchObject({ code: "INVALID_ARGUMENT" });
    const long = "c".repeat(limits.clientMetaBytes);
    const meta = link.publish(CertainNoteTopic, {}, { correlationId: long });
    expect(await failure(meta)).toMatchObject({ code: "INVALID_ARGUMENT", reason: "TOO_LARGE" });
    const receipt = publish(link, "a");
    expect(args(await published(1))).toEqual([1]);
    answer(1);
    await receipt;
  });
});
