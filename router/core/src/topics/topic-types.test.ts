import { Code, encodeFrame, FrameType, packCode, Reason, wire } from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";
import type { SchemaJudge } from "../schema-judge.ts";
import { Harness, type Peer } from "../testing/harness.ts";

/** Types of one ten fit each other, all others break. */
const judge: SchemaJudge = {
  judge: (before, after) =>
    before / 10n === after / 10n
      ? { verdict: "compatible", message: "" }
      : { verdict: "breaking", message: "demo.Created.id: another type" },
};

const publish = (peer: Peer, name: string, fingerprint?: bigint): void =>
  peer.send({
    type: FrameType.PUBLISH,
    meta: { name, ...(fingerprint !== undefined && { fingerprint }) },
    payload: new Uint8Array(3),
  });

function answerTo(harness: Harness, pattern: string, fingerprint: bigint) {
  const peer = harness.peer().subscribe(1, pattern, { fingerprint });
  const [answer] = peer.takeOf(FrameType.SUBSCRIBED);
  if (answer === undefined) throw new Error("SUBSCRIBED did not come");
  return { code: answer.arg, message: wire.Subscribed.decode(answer.payload).message };
}

const MISMATCH = packCode(Code.FAILED_PRECONDITION, Reason.SCHEMA_MISMATCH);

describe("a subscriber's type", () => {
  it("is refused where it could read nothing that is known to be published", () => {
    const harness = new Harness({ schemaJudge: judge });
    const publisher = harness.peer();
    publish(publisher, "orders.eu.created", 11n);
    for (const pattern of ["orders.eu.created", "orders.*.created", "orders.>"]) {
      const { code, message } = answerTo(harness, pattern, 20n);
      expect(code).toBe(MISMATCH);
      expect(message).toContain("orders.eu.created: demo.Created.id: another type");
      expect(answerTo(harness, pattern, 12n).code).toBe(0);
      expect(answerTo(harness, pattern, 0n).code).toBe(0);
    }
    expect(answerTo(harness, "orders.us.created", 20n).code).toBe(0);
    expect(harness.router.stats.schemaRefused).toBe(3);
  });

  it("is taken where one of several publishers, or one of several topics, fits", () => {
    const harness = new Harness({ schemaJudge: judge });
    publish(harness.peer(), "orders.created", 11n);
    publish(harness.peer(), "orders.created", 21n);
    publish(harness.peer(), "stock.counted", 31n);
    for (const fingerprint of [12n, 22n]) {
      expect(answerTo(harness, "orders.created", fingerprint).code).toBe(0);
    }
    expect(answerTo(harness, "orders.created", 30n).code).toBe(MISMATCH);
    expect(answerTo(harness, "*.*", 30n).code).toBe(0);
    expect(harness.events).toContainEqual({
      kind: "schemaDiffers",
      link: 2,
      what: "topic orders.created",
      verdict: "breaking",
      message: "demo.Created.id: another type",
    });
  });

  it("stops no publisher, and is not blocked by many of them", () => {
    const harness = new Harness({ schemaJudge: judge });
    const reader = harness.peer().subscribe(1, "a");
    reader.take();
    const publisher = harness.peer();
    for (let at = 1n; at <= 20n; at++) publish(publisher, "a", at * 10n);
    publish(publisher, "a");
    expect(reader.takeOf(FrameType.EVENT)).toHaveLength(21);
    expect(answerTo(harness, "a", 200n).code).toBe(0);
    expect(answerTo(harness, "a", 10n).code).toBe(MISMATCH);
    publish(publisher, "a", 11n);
    expect(answerTo(harness, "a", 10n).code).toBe(0);
  });

  it("makes who asks for many topics again and again wait, and nobody else", () => {
    const harness = new Harness({ schemaJudge: judge });
    const publisher = harness.peer();
    for (let at = 0; at < 5000; at++) publish(publisher, `a.${at}`, 11n);
    const [greedy, other] = [harness.peer(), harness.peer()];
    const ask = (stream: number, pattern: string) =>
      encodeFrame({
        type: FrameType.SUBSCRIBE,
        stream,
        arg: 1,
        payload: wire.Subscribe.encode({ pattern, fingerprint: 20n }),
      });
    greedy.post(...Array.from({ length: 20 }, (_, at) => ask(1 + 2 * at, "a.*")));
    other.post(ask(1, "a.7"));
    expect(harness.router.stats.schemaRefused).toBeLessThan(10);
    harness.turn();
    expect(greedy.takeOf(FrameType.SUBSCRIBED)).toHaveLength(20);
    expect(other.takeOf(FrameType.SUBSCRIBED)).toMatchObject([{ arg: MISMATCH }]);
  });

  it("is not compared where nobody knows schemas", () => {
    const harness = new Harness();
    publish(harness.peer(), "a", 11n);
    expect(answerTo(harness, "a", 20n).code).toBe(0);
  });
});
