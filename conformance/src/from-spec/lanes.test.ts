import { describe, expect, it } from "vitest";
import { type Client, flag, type } from "./client.ts";
import { named, useRouter } from "./harness.ts";
import { type Answer, answerOf, producer, text } from "./payloads.ts";

const { welcomed } = useRouter();

interface Publication {
  readonly id: Buffer;
  readonly epoch?: number;
  readonly sequence: number;
  readonly topic?: string;
  /** The first of an id names its producer (WIRE-18.2). */
  readonly opens?: boolean;
  readonly class?: number;
}

/** Publishes and gives the answer to exactly that message. */
async function publish(client: Client, lane: number, said: Publication): Promise<Answer> {
  const { id, epoch = 1, sequence, topic = "spec.lanes", opens = false } = said;
  client.send({
    type: type.PUBLISH,
    class: said.class ?? 0x88,
    stream: lane,
    arg: sequence % 2 ** 32,
    meta: [...named(topic), ...(opens ? ([[0x06, producer(id, epoch, sequence)]] as const) : [])],
    payload: text(`${sequence}`),
  });
  const answer = await client.next(type.PUBACK, lane);
  expect([answer.arg, answer.route]).toEqual([sequence % 2 ** 32, 0]);
  return answerOf(answer.payload);
}

const aborted = { code: 10, reason: 12 };
const duplicate = { code: 6, reason: 14 };
const outOfOrder = { code: 9, reason: 13 };
let producers = 0;
const newId = () => Buffer.alloc(16, ++producers);

describe("the state table of a lane (WIRE-18.9) holds where", () => {
  it("a newer link takes over, and the older one is fenced", async () => {
    const [older, newer] = [await welcomed(), await welcomed()];
    const id = newId();
    const before = older.takeId();
    const held = await publish(older, before, { id, sequence: 1, opens: true });
    const after = newer.takeId();
    const again = await publish(newer, after, { id, sequence: 1, opens: true });
    expect(again).toEqual({ ...held, ...duplicate });
    expect(await publish(newer, after, { id, sequence: 2 })).toMatchObject({ code: 0 });
    expect(await publish(older, before, { id, sequence: 3 })).toMatchObject(aborted);
  });

  it("a higher epoch begins anew, and a lower one comes too late", async () => {
    const client = await welcomed();
    const id = newId();
    const [one, two, three] = [client.takeId(), client.takeId(), client.takeId()];
    await publish(client, one, { id, epoch: 2, sequence: 7, opens: true });
    const anew = await publish(client, two, { id, epoch: 3, sequence: 1, opens: true });
    expect(anew.code).toBe(0);
    const late = await publish(client, three, { id, epoch: 2, sequence: 8, opens: true });
    expect(late).toMatchObject(aborted);
  });

  it("a message that was refused for good is refused so again, and moves the lane on", async () => {
    const client = await welcomed();
    const id = newId();
    const lane = client.takeId();
    const refused = { id, sequence: 1, topic: "spec.*", opens: true };
    expect(await publish(client, lane, refused)).toMatchObject({ code: 3 });
    expect(await publish(client, lane, { id, sequence: 2 })).toMatchObject({ code: 0 });
    expect(await publish(client, lane, { id, sequence: 1 })).toMatchObject({ code: 3 });
  });

  it("a damaged payload leaves it where it was", async () => {
    const client = await welcomed();
    const id = newId();
    const lane = client.takeId();
    client.send({
      type: type.PUBLISH,
      class: 0x88,
      stream: lane,
      arg: 1,
      meta: [...named("spec.damaged"), [0x06, producer(id, 1, 1)]],
      payload: text("1"),
      crcBefore: 1,
    });
    const answer = await client.next(type.PUBACK, lane);
    expect(answerOf(answer.payload)).toMatchObject({ code: 15, reason: 8 });
    const other = client.takeId();
    expect(await publish(client, other, { id, sequence: 1, opens: true })).toMatchObject({
      code: 0,
    });
  });

  it("QoS, priority and producer change, or are not given", async () => {
    const client = await welcomed();
    const id = newId();
    const lane = client.takeId();
    expect(await publish(client, lane, { id, sequence: 1 })).toMatchObject({ code: 3 });
    const opened = await publish(client, lane, { id, sequence: 1, opens: true });
    expect(opened.code).toBe(0);
    const faster = await publish(client, lane, { id, sequence: 2, class: 0x68 });
    expect(faster).toMatchObject({ code: 3 });
    const qos2 = client.takeId();
    const exactly = { id: newId(), sequence: 1, opens: true, class: 0x90 };
    expect(await publish(client, qos2, exactly)).toMatchObject({ code: 12 });
  });

  it("its sequence is beyond 32 bits", async () => {
    const client = await welcomed();
    const id = newId();
    const lane = client.takeId();
    const base = 2 ** 32 - 1;
    const first = await publish(client, lane, { id, sequence: base, opens: true });
    expect(first.code).toBe(0);
    expect(await publish(client, lane, { id, sequence: base + 1 })).toMatchObject({ code: 0 });
    expect(await publish(client, lane, { id, sequence: base + 3 })).toMatchObject(outOfOrder);
    expect(await publish(client, lane, { id, sequence: base })).toMatchObject(duplicate);
  });

  it("QoS 1 comes without a lane, and a router's topic on one", async () => {
    const client = await welcomed();
    const meta = named("spec.no-lane");
    client.send({ type: type.PUBLISH, class: 0x88, meta, payload: text("") });
    const refused = await client.next(type.PUBACK);
    expect([answerOf(refused.payload).code, client.nameOf(refused)]).toEqual([3, "spec.no-lane"]);
    const lane = client.takeId();
    const reserved = { id: newId(), sequence: 1, topic: "$spec", opens: true };
    expect(await publish(client, lane, reserved)).toMatchObject({ code: 7 });
    expect(refused.flags & flag.END).toBe(0);
  });
});
