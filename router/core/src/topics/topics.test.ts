import {
  Code,
  codeOf,
  encodeCredit,
  Flag,
  type FrameInit,
  FrameType,
  frameClass,
  GapReason,
  Reason,
  readGap,
  readPublishAck,
  reasonOf,
  wire,
} from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import { bind } from "../testing/demo.ts";
import { Harness, type Peer, type Received, text, utf8 } from "../testing/harness.ts";

const publication = (topic: string, payload: string, more: Partial<FrameInit> = {}): FrameInit => ({
  type: FrameType.PUBLISH,
  payload: utf8(payload),
  ...more,
  meta: { name: topic, ...more.meta },
});

function subscriber(
  harness: Harness,
  pattern: string,
  init: wire.SubscribeInit = {},
  credit = 1024,
) {
  const peer = harness.peer().subscribe(1, pattern, init, credit);
  expect(peer.take()).toMatchObject([{ type: FrameType.SUBSCRIBED, stream: 1, arg: 0 }]);
  return peer;
}

/** What a subscriber was given, aliases left out. */
const given = (peer: Peer) => peer.take().filter(({ type }) => type !== FrameType.ALIAS);

const told = (peer: Peer) =>
  given(peer).map((frame) => {
    if (frame.type !== FrameType.GAP) return text(frame.payload);
    const read = readGap(new DataView(frame.payload.buffer), 0, frame.payload.length);
    return read.kind === "payload" ? `gap ${read.payload.count} ${read.payload.reason}` : "broken";
  });

const ackIn = (frame: Received | undefined) => {
  const bytes = frame?.payload ?? new Uint8Array(0);
  const read = readPublishAck(new DataView(bytes.buffer), 0, bytes.length);
  return read.kind === "payload" ? codeOf(read.payload.code) : undefined;
};

describe("events", () => {
  test("keep payload, checksum and the publisher's meta, but not what is the publisher's own", () => {
    const harness = new Harness();
    const json = { capabilities: ["json"] };
    const listener = harness.peer(json).subscribe(1, "a.>");
    listener.take();
    harness.peer(json).send(
      publication("a.b", "x", {
        flags: Flag.JSON | Flag.TRACE,
        class: frameClass(2),
        meta: {
          user: [["x-k", "v"]],
          correlationId: "c",
          contentType: "application/json",
          idempotencyKey: utf8("i"),
          attempt: 2,
        },
      }),
    );
    const [event] = listener.take();
    expect(event).toMatchObject({
      type: FrameType.EVENT,
      stream: 1,
      arg: 1,
      hops: 15,
      class: frameClass(4),
      flags: Flag.JSON | Flag.TRACE | Flag.PCRC,
    });
    expect(event?.meta).toEqual({
      name: "a.b",
      user: [["x-k", "v"]],
      correlationId: "c",
      contentType: "application/json",
    });
  });

  test("carry ingress time and origin for a subscription that asked for attributes", () => {
    const harness = new Harness();
    const listener = subscriber(harness, "a", { attributes: true });
    harness.peer().send(publication("a", "x"));
    const [event] = listener.take();
    expect(event?.meta.ingressTime).toBe(1_700_000_000_000_000);
    expect(event?.meta.origin).toHaveLength(8);
  });

  test("may be empty, and up to a megabyte", () => {
    const harness = new Harness();
    const listener = subscriber(harness, "a");
    const publisher = harness.peer();
    publisher.send(publication("a", ""), publication("a", "y".repeat(1024 * 1024)));
    const [empty, large] = given(listener);
    expect(empty?.payload).toHaveLength(0);
    expect((empty?.flags ?? 0) & Flag.PCRC).toBe(Flag.PCRC);
    expect(large?.payload).toHaveLength(1024 * 1024);
  });

  test("reach a publisher's own subscriptions and use its alias", () => {
    const harness = new Harness();
    const peer = subscriber(harness, "a.*");
    peer.send(bind(5, "a.b"), { type: FrameType.PUBLISH, route: 5, payload: utf8("x") });
    expect(told(peer)).toEqual(["x"]);
  });

  test("see a subscription that came after the alias was used", () => {
    const harness = new Harness();
    const publisher = harness.peer();
    const byAlias = { type: FrameType.PUBLISH, route: 5, payload: utf8("x") } as const;
    publisher.send(bind(5, "a.b"), byAlias);
    const listener = subscriber(harness, "a.b");
    publisher.send(byAlias);
    listener.send({ type: FrameType.UNSUBSCRIBE, stream: 1 });
    expect(listener.take().map(({ type }) => type)).toEqual([
      FrameType.EVENT,
      FrameType.UNSUBSCRIBED,
    ]);
    publisher.send(byAlias);
    expect(listener.take()).toEqual([]);
  });
});

describe("queue groups", () => {
  test("get each message once, in turn, beside subscriptions without a group", () => {
    const harness = new Harness();
    const members = [1, 2, 3].map(() => subscriber(harness, "a", { group: "g" }));
    const alone = subscriber(harness, "a");
    const publisher = harness.peer();
    for (let count = 0; count < 9; count++) publisher.send(publication("a", String(count)));
    expect(members.map((member) => told(member).length)).toEqual([3, 3, 3]);
    expect(told(alone)).toHaveLength(9);
  });

  test("pass over a member that cannot take a message now", () => {
    const harness = new Harness();
    const slow = subscriber(harness, "a", { group: "g" }, 1);
    const quick = subscriber(harness, "a", { group: "g" });
    const publisher = harness.peer();
    for (let count = 0; count < 10; count++) publisher.send(publication("a", String(count)));
    expect([told(slow).length, told(quick).length]).toEqual([1, 9]);
  });
});

describe("slow subscribers", () => {
  const limits = { outboxMessagesPerLink: 3 };
  const publishMany = (harness: Harness, count: number) => {
    const publisher = harness.peer();
    for (let at = 0; at < count; at++) publisher.send(publication("a", String(at)));
  };
  const grant = (peer: Peer, messages: number) =>
    peer.send({ type: FrameType.CREDIT, stream: 1, payload: encodeCredit({ messages, bytes: 0 }) });

  test("keep what waits until there is credit", () => {
    const harness = new Harness();
    const listener = subscriber(harness, "a", {}, 1);
    publishMany(harness, 4);
    expect(told(listener)).toEqual(["0"]);
    grant(listener, 3);
    expect(told(listener)).toEqual(["1", "2"]);
    grant(listener, 10);
    expect(told(listener)).toEqual(["3"]);
  });

  test("lose the oldest under drop_old, and hear of it first", () => {
    const harness = new Harness({ limits });
    const listener = subscriber(harness, "a", {}, 1);
    publishMany(harness, 10);
    grant(listener, 100);
    expect(told(listener)).toEqual(["0", `gap 6 ${GapReason.SLOW}`, "7", "8", "9"]);
    expect(harness.events).toContainEqual({
      kind: "dropped",
      link: 1,
      topic: "a",
      count: 6,
      reason: GapReason.SLOW,
    });
    expect(harness.router.stats).toMatchObject({ dropped: 6, queuedBytes: 0 });
  });

  test("keep their link while their answers wait as well", () => {
    const harness = new Harness({ limits });
    const listener = subscriber(harness, "a", {}, 1).subscribe(3, "b");
    listener.channel.isStalled = true;
    publishMany(harness, 10);
    const publisher = harness.peer();
    for (let count = 0; count < 3; count++)
      publisher.send(publication("b", "b".repeat(100 * 1024)));
    for (let count = 0; count < 3; count++)
      listener.send({ type: FrameType.PING, payload: utf8("12345678") });
    expect(listener.channel.isEnded).toBe(false);
    listener.unstall();
    expect(listener.takeOf(FrameType.PONG)).toHaveLength(3);
  });

  test("lose the newest under drop_new, and hear of it where the hole is", () => {
    const harness = new Harness({ limits });
    const listener = subscriber(harness, "a", { slow: 2 }, 1);
    publishMany(harness, 10);
    grant(listener, 100);
    expect(told(listener)).toEqual(["0", "1", "2", "3", `gap 6 ${GapReason.SLOW}`]);
  });

  test("have only the newest under latest", () => {
    const harness = new Harness();
    const listener = subscriber(harness, "a", { slow: 3 }, 1);
    publishMany(harness, 10);
    grant(listener, 100);
    expect(told(listener)).toEqual(["0", `gap 8 ${GapReason.SLOW}`, "9"]);
  });

  test("are ended SLOW_CONSUMER under disconnect", () => {
    const harness = new Harness({ limits });
    const listener = subscriber(harness, "a", { slow: 4 }, 1);
    publishMany(harness, 10);
    const [, ended] = listener.take();
    expect(ended).toMatchObject({ type: FrameType.UNSUBSCRIBED, stream: 1 });
    expect([codeOf(ended?.arg ?? 0), reasonOf(ended?.arg ?? 0)]).toEqual([
      Code.RESOURCE_EXHAUSTED,
      Reason.SLOW_CONSUMER,
    ]);
    expect(harness.router.stats.subscriptions).toBe(0);
  });

  test("that do not read are bounded, and delay nobody else", () => {
    const harness = new Harness({ limits: { outboxBytesPerLink: 1024 * 1024 } });
    const stuck = subscriber(harness, "a");
    const healthy = subscriber(harness, "a");
    stuck.channel.isStalled = true;
    const publisher = harness.peer();
    const payload = "z".repeat(50_000);
    for (let at = 0; at < 100; at++) publisher.send(publication("a", payload));
    expect(told(healthy)).toHaveLength(100);
    expect(harness.router.stats.queuedBytes).toBeLessThanOrEqual(1024 * 1024);
    stuck.take();
    stuck.unstall();
    const [gap, ...events] = told(stuck);
    expect(gap).toMatch(/^gap \d+ 1$/);
    expect(events.every((event) => event === payload)).toBe(true);
  });

  test("are told of messages whose time ran out while they waited", () => {
    const harness = new Harness();
    const listener = subscriber(harness, "a", {}, 0);
    harness.peer().send(publication("a", "short", { meta: { ttlMs: 100 } }));
    harness.peer().send(publication("a", "long", { meta: { ttlMs: 1000 } }));
    harness.advance(300);
    grant(listener, 10);
    const [gap, event] = listener.take();
    expect(gap).toMatchObject({ type: FrameType.GAP });
    expect(event).toMatchObject({ type: FrameType.EVENT, arg: 1, meta: { ttlMs: 700 } });
  });
});

describe("what is refused", () => {
  const at = (topic: string) => ({ topic, epoch: 1, sequence: 1n });
  test.each<[string, wire.SubscribeInit]>([
    ["ordering 2", { ordering: 2 }],
    ["choice 3 of retained", { retained: 3 }],
    ["start 4", { start: { kind: 4 } }],
    ["QoS 3", { qos: 3 }],
    ["slow policy 6", { slow: 6 }],
    ["`consumer` or `group`", { consumer: "c", group: "g" }],
    ["255 bytes", { consumer: "c".repeat(256) }],
    ["does not match", { start: { kind: 2, positions: [at("b")] } }],
    ["belongs into patterns", { start: { kind: 2, positions: [at("*")] } }],
    ["twice", { start: { kind: 2, positions: [at("a"), at("a")] } }],
  ])("a SUBSCRIBE, for %s", (words, init) => {
    const harness = new Harness();
    const [answer] = harness.peer().subscribe(1, "a", init).take();
    expect(answer).toMatchObject({ type: FrameType.SUBSCRIBED, arg: Code.INVALID_ARGUMENT });
    const { message } = wire.Subscribed.decode(answer?.payload ?? utf8(""));
    expect(message).toContain(words);
    expect(harness.router.stats.subscriptions).toBe(0);
  });

  test.each([
    ["a..b", "INVALID_ARGUMENT"],
    ["a.>.b", "INVALID_ARGUMENT"],
    ["", "INVALID_ARGUMENT"],
    ["*.*.*.*.*", "INVALID_ARGUMENT"],
  ] as const)("pattern %j", (pattern, code) => {
    const harness = new Harness();
    const [answer] = harness.peer().subscribe(1, pattern).take();
    expect(answer?.arg).toBe(Code[code]);
  });

  test.each([
    [publication("a.*", "x"), Code.INVALID_ARGUMENT],
    [publication("a..b", "x"), Code.INVALID_ARGUMENT],
    [publication("$sys.a", "x"), Code.PERMISSION_DENIED],
    [publication("a", "x", { class: frameClass(4, 1) }), Code.INVALID_ARGUMENT],
    [publication("a", "x", { class: frameClass(4, 0, 1) }), Code.UNIMPLEMENTED],
    [publication("a", "x", { hops: 0 }), Code.UNAVAILABLE],
    [{ type: FrameType.PUBLISH, route: 9, payload: utf8("x") }, Code.INVALID_ARGUMENT],
    [{ type: FrameType.PUBLISH, payload: utf8("x") }, Code.INVALID_ARGUMENT],
  ] as const)("publish %#", (frame, code) => {
    const harness = new Harness();
    const listener = subscriber(harness, ">");
    const publisher = harness.peer();
    publisher.send(frame, frame);
    const answers = publisher.take();
    expect(answers).toHaveLength(1);
    expect(answers[0]).toMatchObject({ type: FrameType.PUBACK, stream: 0, arg: 0 });
    expect(ackIn(answers[0])).toBe(code);
    expect(listener.take()).toEqual([]);
    harness.advance(1001);
    publisher.send(frame);
    expect(publisher.take()).toHaveLength(1);
  });
});
