import { describe, expect, it } from "vitest";
import { type Client, flag, type } from "./client.ts";
import { named, publishHeld, useRouter } from "./harness.ts";
import {
  answerOf,
  credit,
  field,
  fieldsOf,
  gapOf,
  message,
  placeOf,
  producer,
  text,
} from "./payloads.ts";

const { welcomed } = useRouter();

/** What a topic's ring holds (WIRE-24.1, ringMessages). */
const RING = 1000;

async function subscribed(client: Client, granted: number, ...fields: readonly Buffer[]) {
  const id = client.takeId();
  const payload = message(...fields);
  client.send({ type: type.SUBSCRIBE, stream: id, arg: granted, payload });
  const answer = await client.next(type.SUBSCRIBED, id);
  expect(answer.arg).toBe(0);
  return { id, answer: fieldsOf(answer.payload) };
}

/** Publishes one message after the other on one lane, without waiting; the answers that are not code 0. */
async function publishMany(client: Client, topic: string, count: number) {
  const lane = client.takeId();
  const id = crypto.getRandomValues(new Uint8Array(16));
  for (let sequence = 1; sequence <= count; sequence++) {
    const opens = sequence === 1 ? ([[0x06, producer(id, 1, 1)]] as const) : [];
    const meta = [...named(topic), ...opens];
    const payload = text(`${sequence}`);
    client.send({ type: type.PUBLISH, class: 0x88, stream: lane, arg: sequence, meta, payload });
  }
  const others: { readonly arg: number; readonly code: number }[] = [];
  for (;;) {
    const answer = await client.next(type.PUBACK, lane);
    const { code } = answerOf(answer.payload);
    if (code !== 0) others.push({ arg: answer.arg, code });
    if (answer.arg === count) return others;
  }
}

describe("what is kept", () => {
  it("is held by a subscription that blocks, and publishers are told (WIRE-19.15)", async () => {
    const [reader, publisher] = [await welcomed(), await welcomed()];
    const { id } = await subscribed(reader, 0, field(1, "spec.blocked"), field(4, 1));
    const others = await publishMany(publisher, "spec.blocked", RING + 3);
    // What comes behind the first that found no room is out of order.
    expect(others).toEqual([
      { arg: RING + 1, code: 8 },
      { arg: RING + 2, code: 9 },
      { arg: RING + 3, code: 9 },
    ]);
    reader.send({ type: type.CREDIT, stream: id, payload: credit(1, 0) });
    expect((await reader.next(type.EVENT, id)).payload.toString()).toBe("1");
  });

  it("goes on without one that does not, which is told what it missed (WIRE-19.10)", async () => {
    const [reader, publisher] = [await welcomed(), await welcomed()];
    const drop = [field(1, "spec.dropped"), field(4, 1), field(7, 1)] as const;
    const { id } = await subscribed(reader, 0, ...drop);
    expect(await publishMany(publisher, "spec.dropped", RING + 10)).toEqual([]);
    reader.send({ type: type.CREDIT, stream: id, payload: credit(1, 0) });
    const gap = await reader.next(type.GAP, id);
    expect(reader.nameOf(gap)).toBe("spec.dropped");
    expect(gapOf(gap.payload)).toMatchObject({ from: 1, to: 10, count: 10, reason: 1 });
    const event = await reader.next(type.EVENT, id);
    expect([event.payload.toString(), placeOf(event.meta.get(0x07))?.sequence]).toEqual(["11", 11]);
  });

  it("begins where SUBSCRIBED says (WIRE-19.5)", async () => {
    const client = await welcomed();
    const places = await publishHeld(client, "spec.begun.a", ["1", "2"]);
    const { answer } = await subscribed(client, 10, field(1, "spec.begun.*"), field(4, 1));
    const named = (answer.get(2) ?? []).map((each) => fieldsOf(each as Buffer));
    expect(named.map((each) => each.get(1)?.toString())).toEqual(["spec.begun.a"]);
    expect([named[0]?.get(2)?.[0], named[0]?.get(3)?.[0]]).toEqual([places[0]?.epoch, 3]);
  });

  it("comes again when its time is over (WIRE-19.11)", async () => {
    const client = await welcomed();
    const fields = [field(1, "spec.waited"), field(4, 1), field(10, 100)] as const;
    const { id } = await subscribed(client, 10, ...fields);
    await publishHeld(client, "spec.waited", ["a"]);
    expect((await client.next(type.EVENT, id)).flags & flag.DUP).toBe(0);
    const again = await client.next(type.EVENT, id);
    expect([again.arg, again.flags & flag.DUP]).toEqual([2, flag.DUP]);
  });

  it("is waited for after UNSUBSCRIBE (WIRE-19.13)", async () => {
    const client = await welcomed();
    const { id } = await subscribed(client, 10, field(1, "spec.left"), field(4, 1));
    await publishHeld(client, "spec.left", ["a"]);
    const event = await client.next(type.EVENT, id);
    client.send({ type: type.UNSUBSCRIBE, stream: id });
    client.send({ type: type.PING, payload: text("12345678") });
    await client.next(type.PONG);
    expect(client.has(type.UNSUBSCRIBED, id)).toBe(false);
    client.send({ type: type.EVACK, stream: id, arg: event.arg, payload: Buffer.from([0]) });
    expect((await client.next(type.UNSUBSCRIBED, id)).arg).toBe(0);
  });

  it("is given as values in the order of the topics, and only to who is new (WIRE-17.8)", async () => {
    const client = await welcomed();
    for (const token of ["c", "a", "b"]) {
      const meta = named(`spec.values.${token}`);
      client.send({ type: type.PUBLISH, flags: flag.RETAIN, meta, payload: text(token) });
    }
    const { id, answer } = await subscribed(client, 10, field(1, "spec.values.*"));
    expect(answer.get(3)).toEqual([3]);
    const values = [];
    for (let at = 0; at < 3; at++) values.push((await client.next(type.EVENT, id)).payload);
    expect(values.map(String)).toEqual(["a", "b", "c"]);
    const never = await subscribed(client, 10, field(1, "spec.values.*"), field(6, 2));
    expect(never.answer.get(3)).toBeUndefined();
  });
});
