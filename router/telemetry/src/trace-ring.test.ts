import { Code } from "@nexus-bridge/protocol";
import type { MessageSeen } from "@nexus-bridge/router-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TraceRing } from "./trace-ring.ts";

const createRing = (sample = 1, entriesMax = 5) =>
  new TraceRing({ wallMs: () => Date.UTC(2026, 0, 2), sample, entriesMax });

const message = (topic: string, traceId?: Uint8Array): MessageSeen => ({
  link: 4,
  topic,
  bytes: 2,
  receivers: 3,
  epoch: 0,
  sequence: 0,
  traceId,
});

const call = {
  requester: 1,
  requesterStream: 3,
  responder: 2,
  responderStream: 4,
  method: "demo.Echo/Say",
  instance: "blue",
  code: Code.NOT_FOUND,
  durationMs: 1.23456,
  requestBytes: 10,
  responseBytes: 20,
  traceId: new Uint8Array(16).fill(0xab),
};

describe("the trace ring", () => {
  test("shows a call with both of its ends", () => {
    const ring = createRing();
    ring.callEnded(call);
    expect(ring.find()).toEqual([
      {
        kind: "call",
        sequence: 1,
        time: "2026-01-02T00:00:00.000Z",
        name: "demo.Echo/Say",
        link: 1,
        stream: 3,
        responder: { link: 2, stream: 4, instance: "blue" },
        outcome: "NOT_FOUND",
        durationMs: 1.235,
        requestBytes: 10,
        responseBytes: 20,
        traceId: "ab".repeat(16),
      },
    ]);
  });

  test("copies what it is shown, which the router uses again", () => {
    const ring = createRing();
    const seen = { ...message("a") };
    ring.published(seen);
    seen.topic = "b";
    expect(ring.find()[0]?.name).toBe("a");
  });

  test("keeps the newest, whatever came", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.nat(40), (entriesMax, count) => {
        const ring = createRing(1, entriesMax);
        for (let at = 1; at <= count; at++) ring.published(message(`t${at}`));
        const kept = Math.min(count, entriesMax);
        const expected = Array.from({ length: kept }, (_, back) => count - back);
        expect(ring.find().map(({ sequence }) => sequence)).toEqual(expected);
      }),
    );
  });

  test("keeps the share it is told to, and from then on another", () => {
    const ring = createRing(0.25, 100);
    for (let at = 0; at < 40; at++) ring.published(message("a"));
    expect(ring.find()).toHaveLength(10);
    ring.sample = 0;
    for (let at = 0; at < 40; at++) ring.published(message("a"));
    expect(ring.find()).toHaveLength(10);
  });

  test("is searched by kind, name, trace id and outcome", () => {
    const ring = createRing();
    ring.callEnded(call);
    ring.published(message("orders.created", new Uint8Array(16).fill(1)));
    ring.refused({
      kind: "refused",
      link: 9,
      stream: 5,
      what: "call demo.Echo/Shout",
      code: Code.UNIMPLEMENTED,
      reason: 1,
      message: "demo.Echo has no method Shout",
    });
    const names = (query: Parameters<TraceRing["find"]>[0]) =>
      ring.find(query).map(({ name }) => name);
    expect(names({ kind: "message" })).toEqual(["orders.created"]);
    expect(names({ name: "Echo" })).toEqual(["call demo.Echo/Shout", "demo.Echo/Say"]);
    expect(names({ traceId: "01".repeat(16) })).toEqual(["orders.created"]);
    expect(names({ outcome: "UNIMPLEMENTED" })).toEqual(["call demo.Echo/Shout"]);
    expect(ring.find({ kind: "message" })[0]?.position).toBeUndefined();
    ring.published({ ...message("orders.created"), epoch: 9, sequence: 4 });
    const [kept] = ring.find({ limit: 1 });
    expect(kept?.position).toEqual({ epoch: 9, sequence: 4 });
    expect(names({ limit: 1, outcome: "UNIMPLEMENTED" })).toEqual(["call demo.Echo/Shout"]);
    expect(ring.find({ kind: "refused" })[0]).toMatchObject({ link: 9, stream: 5 });
  });
});
