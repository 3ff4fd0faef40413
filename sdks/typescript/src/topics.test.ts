import { limits } from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";
import { connect } from "./connect.ts";
import { memoryLink } from "./memory/memory-link.ts";
import type { Item } from "./subscription-item.ts";
import { all, failure } from "./testing/gate.ts";
import {
  CertainNoteTopic,
  FixedKeptNoteTopic,
  KeptNoteTopic,
  Note,
  NoteTopic,
  ShortNoteTopic,
} from "./testing/notes.ts";
import { settle } from "./testing/test-clock.ts";
import { topic } from "./topic.ts";
import type { SubscribeOptions } from "./topics/subscribe-options.ts";

async function take<T>(items: AsyncIterable<Item<T>>, count: number): Promise<Item<T>[]> {
  const taken: Item<T>[] = [];
  for await (const item of items) {
    taken.push(item);
    if (taken.length === count) break;
  }
  return taken;
}

const told = (item: Item<Note>): string | number =>
  item.kind === "event" ? item.topic : item.count;

describe("publish and subscribe", () => {
  it("delivers to the patterns that match, in order", async () => {
    const link = memoryLink();
    const eu = await link.subscribe(NoteTopic.matching({ text: "eu" }));
    const seven = await link.subscribe(NoteTopic.matching({ count: 7 }));
    const every = await link.subscribe(NoteTopic);
    for (const [text, count] of [
      ["eu", 1],
      ["us", 7],
      ["eu", 7],
    ] as const)
      await link.publish(NoteTopic, { text, count });
    expect((await take(eu, 2)).map(told)).toEqual(["notes.eu.1", "notes.eu.7"]);
    expect((await take(seven, 2)).map(told)).toEqual(["notes.us.7", "notes.eu.7"]);
    expect((await take(every, 3)).map(told)).toEqual(["notes.eu.1", "notes.us.7", "notes.eu.7"]);
  });

  it("carries metadata, correlation and content type", async () => {
    const link = memoryLink();
    const items = await link.subscribe(NoteTopic);
    await link.publish(
      NoteTopic,
      { text: "a", count: 1 },
      { metadata: { "x-a": "1" }, correlationId: "c-1", contentType: "note", ttlMs: 1_000 },
    );
    const [item] = await take(items, 1);
    expect(item).toMatchObject({
      kind: "event",
      value: { text: "a", count: 1 },
      delivery: 1,
      retained: false,
      correlationId: "c-1",
      contentType: "note",
    });
    expect(item?.kind === "event" && item.metadata.get("x-a")).toBe("1");
  });

  it("gives each event to one member of a group, across links", async () => {
    await using one = await connect("memory:group");
    await using two = await connect("memory:group");
    const first = await one.subscribe(NoteTopic, { group: "billing" });
    const second = await two.subscribe(NoteTopic, { group: "billing" });
    for (let count = 0; count < 6; count += 1) await one.publish(NoteTopic, { text: "a", count });
    const [here, there] = await Promise.all([take(first, 3), take(second, 3)]);
    const topics = [...here, ...there].map(told).sort();
    expect(topics).toEqual([0, 1, 2, 3, 4, 5].map((count) => `notes.a.${count}`));
  });

  it("gives a retained value to who comes later, flagged", async () => {
    const link = memoryLink();
    await link.publish(KeptNoteTopic, { text: "a", count: 1 });
    await link.publish(KeptNoteTopic, { text: "a", count: 2 });
    const [item] = await take(link.subscribe(KeptNoteTopic), 1);
    expect(item).toMatchObject({ retained: true, value: { count: 2 } });
  });

  it("gives retained values as they are asked for, in the order of their topics", async () => {
    const link = memoryLink();
    for (const text of ["b", "a"]) await link.publish(KeptNoteTopic, { text, count: 1 });
    const kept = async (options: SubscribeOptions) => {
      const items = await link.subscribe(KeptNoteTopic, options);
      await settle();
      items.close();
      return (await all(items)).map(told);
    };
    expect(await kept({ retained: "never" })).toEqual([]);
    expect(await kept({ retained: "new" })).toEqual(["kept.a", "kept.b"]);
    const first = await link.subscribe(KeptNoteTopic, { group: "one" });
    expect(await kept({ group: "one" })).toEqual([]);
    expect(await kept({ group: "one", retained: "always" })).toEqual(["kept.a", "kept.b"]);
    expect(await kept({ group: "two" })).toEqual(["kept.a", "kept.b"]);
    first.close();
  });

  it("clears a retained value; who is there gets an event with nothing in it", async () => {
    const link = memoryLink();
    await link.publish(KeptNoteTopic, { text: "a", count: 1 });
    const items = await link.subscribe(KeptNoteTopic, { retained: "never" });
    await link.clearRetained(KeptNoteTopic, { text: "a", count: 5 });
    expect(await take(items, 1)).toMatchObject([
      { topic: "kept.a", value: { text: "", count: 0 } },
    ]);
    const later = await link.subscribe(KeptNoteTopic);
    await link.publish(KeptNoteTopic, { text: "a", count: 2 });
    expect(await take(later, 1)).toMatchObject([{ retained: false, value: { count: 2 } }]);
  });

  it("does not clear by accident", async () => {
    const link = memoryLink();
    const empty = await failure(link.publish(FixedKeptNoteTopic, {}));
    expect(empty).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(String(empty)).toContain("clearRetained");
  });

  it("reports what did not fit into the credit as a gap", async () => {
    const gaps: unknown[] = [];
    const link = memoryLink({ onDiagnostic: (each) => each.kind === "gap" && gaps.push(each.gap) });
    const items = await link.subscribe(NoteTopic, { credit: 2 });
    for (let count = 0; count < 5; count += 1) await link.publish(NoteTopic, { text: "a", count });
    await settle();
    const reader = items[Symbol.asyncIterator]();
    expect([await reader.next(), await reader.next()]).toMatchObject([
      { value: { value: { count: 0 } } },
      { value: { value: { count: 1 } } },
    ]);
    await settle();
    await link.publish(NoteTopic, { text: "a", count: 9 });
    expect(await reader.next()).toMatchObject({ value: { kind: "gap", count: 3, reason: "slow" } });
    expect(await reader.next()).toMatchObject({ value: { value: { count: 9 } } });
    expect(gaps).toHaveLength(1);
  });

  it("takes more events than its credit as long as it reads", async () => {
    const link = memoryLink();
    const items = await link.subscribe(NoteTopic, { credit: 4 });
    const reading = take(items, 100);
    for (let count = 0; count < 100; count += 1) {
      await link.publish(NoteTopic, { text: "a", count });
      await settle();
    }
    expect((await reading).filter(({ kind }) => kind === "gap")).toEqual([]);
  });

  it("ends the loop when its signal is aborted, and hears nothing afterwards", async () => {
    const link = memoryLink();
    const controller = new AbortController();
    const items = await link.subscribe(NoteTopic, { signal: controller.signal });
    const reading = all(items);
    await link.publish(NoteTopic, { text: "a", count: 1 });
    await settle();
    controller.abort();
    await link.publish(NoteTopic, { text: "a", count: 2 });
    expect((await reading).map(told)).toEqual(["notes.a.1"]);
  });

  it("ends every loop when the link is closed", async () => {
    const link = memoryLink();
    const reading = all(link.subscribe(NoteTopic));
    await link.close();
    expect(await reading).toEqual([]);
  });
});

describe("what is refused", () => {
  it("publishes nothing of QoS 1 on a memory link and says so", async () => {
    const link = memoryLink();
    const error = await failure(link.publish(CertainNoteTopic, {}));
    expect(error).toMatchObject({ code: "UNIMPLEMENTED" });
    expect(String(error)).toContain("a memory link has QoS 0 alone");
  });

  it("ends a subscription that is granted less than it needs", async () => {
    const link = memoryLink();
    const error = await failure(Promise.resolve(link.subscribe(CertainNoteTopic)));
    expect(error).toMatchObject({ code: "UNIMPLEMENTED" });
    expect(String(error)).toContain("subscribe with { qos: 0 }");
    const lowered = await link.subscribe(CertainNoteTopic, { qos: 0 });
    expect(lowered.pattern).toBe("certain");
  });

  it("ends the loop with the router's refusal", async () => {
    const link = memoryLink();
    const loop = all(link.subscribe(NoteTopic, { consumer: "me" }));
    expect(await failure(loop)).toMatchObject({ code: "UNIMPLEMENTED" });
  });

  it("refuses an event above one frame, a rule broken and an empty field of the topic", async () => {
    const link = memoryLink();
    await link.connected;
    const bytes = new Uint8Array(limits.frameBytes);
    const tooLarge = link.publish(NoteTopic, { text: "a", bytes });
    expect(await failure(tooLarge)).toMatchObject({
      code: "INVALID_ARGUMENT",
      reason: "TOO_LARGE",
    });
    const broken = link.publish(ShortNoteTopic, { text: "nine char" });
    expect(await failure(broken)).toMatchObject({ code: "INVALID_ARGUMENT" });
    const empty = await failure(link.publish(NoteTopic, { count: 1 }));
    expect(String(empty)).toContain('the field "text", which is empty');
  });

  it("refuses a credit outside its range at once", () => {
    expect(() => memoryLink().subscribe(NoteTopic, { credit: 0 })).toThrow("credit is 0");
  });

  it("publishes nothing while there is no link", async () => {
    const link = memoryLink();
    await link.close();
    expect(await failure(link.publish(NoteTopic, { text: "a" }))).toMatchObject({
      code: "UNAVAILABLE",
      notExecuted: true,
    });
  });
});

describe("topic names", () => {
  const typed = topic<Note, Partial<Note>, { text: string; count: number; flag: boolean }>({
    message: Note,
    tokens: [
      "a",
      { field: "text", kind: "string" },
      { field: "count", kind: "enum", names: { 0: "NONE", 1: "SOME" } },
      { field: "flag", kind: "bool" },
    ],
    qos: 0,
    retained: false,
  });

  it.each([
    [{}, "a.*.*.*"],
    [{ text: "x.y ü" }, "a.x%2Ey%20%C3%BC.*.*"],
    [{ count: 1 }, "a.*.SOME.*"],
    [{ count: 9 }, "a.*.9.*"],
    [{ flag: false }, "a.*.*.false"],
  ])("spells the pattern of %j as %s", (fields, pattern) => {
    expect(typed.matching(fields).pattern).toBe(pattern);
  });

  it("refuses an empty field", () => {
    expect(() => typed.matching({ text: "" })).toThrow('"text" is empty');
  });
});
