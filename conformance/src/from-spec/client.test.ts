import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { Client, flag, type Received, type } from "./client.ts";
import { hello, named, useRouter } from "./harness.ts";
import { answerOf, credit, field, fieldsOf, message, placeOf, producer, text } from "./payloads.ts";

const { welcomed, port } = useRouter();
const UNARY = 1;
const BIDI = 4;

/** A link that serves `spec.Echo` for one test. */
async function provider(service: string): Promise<Client> {
  const client = await welcomed();
  const id = client.takeId();
  const method = (name: string, kind: number) => field(3, message(field(1, name), field(2, kind)));
  const payload = message(field(1, service), method("Say", UNARY), method("Chat", BIDI));
  client.send({ type: type.REGISTER, stream: id, payload });
  expect((await client.next(type.REGISTERED, id)).arg).toBe(0);
  return client;
}

describe("what the specification says is enough for", () => {
  it("the handshake and the heartbeat", async () => {
    const [client, welcome] = await Client.connect(port(), hello);
    const fields = fieldsOf(welcome.payload);
    expect([fields.get(2)?.[0], fields.get(3)?.[0]].map((id) => (id as Buffer).length)).toEqual([
      8, 8,
    ]);
    const payload = text("12345678");
    client.send({ type: type.PING, payload });
    expect((await client.next(type.PONG)).payload).toEqual(payload);
    await client.close();
  });

  it("a call that fits a frame, from both sides", async () => {
    const server = await provider("spec.Small");
    const client = await welcomed();
    const id = client.takeId();
    const meta = named("spec.Small/Say");
    client.send({
      type: type.OPEN,
      flags: flag.END,
      stream: id,
      arg: 5000,
      meta,
      payload: text("hello"),
    });
    const open = await server.nextOpened(type.OPEN);
    expect(open.stream % 2).toBe(0);
    expect(server.nameOf(open)).toBe("spec.Small/Say");
    expect(open.arg).toBeGreaterThan(4000);
    expect(open.arg).toBeLessThanOrEqual(5000);
    expect(open.payload).toEqual(text("hello"));
    server.send({ type: type.DATA, flags: flag.END, stream: open.stream, payload: text("world") });
    const reply = await client.next(type.DATA, id);
    expect([reply.payload.toString(), reply.flags & flag.END]).toEqual(["world", flag.END]);
  });

  it("a call that nobody serves", async () => {
    const client = await welcomed();
    const id = client.takeId();
    client.send({
      type: type.OPEN,
      flags: flag.END,
      stream: id,
      meta: named("spec.Nobody/Say"),
      payload: text(""),
    });
    const status = await client.next(type.STATUS, id);
    expect([status.arg, status.flags & flag.NOEXEC]).toEqual([14, flag.NOEXEC]);
    expect(fieldsOf(status.payload).get(2)).toEqual([2]);
  });

  it("a message above credit, cut and put together", async () => {
    const server = await provider("spec.Large");
    const client = await welcomed();
    const bytes = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, at) => at % 251));
    const id = client.takeId();
    const got = collect(server);
    await sendCut(client, id, named("spec.Large/Say"), bytes);
    const { open, whole } = await got;
    expect(whole.equals(bytes)).toBe(true);
    server.send({
      type: type.STATUS,
      flags: flag.END,
      stream: open.stream,
      arg: 9,
      payload: field(1, "no"),
    });
    const status = await client.next(type.STATUS, id);
    expect([status.arg, fieldsOf(status.payload).get(1)?.[0]?.toString()]).toEqual([9, "no"]);
  });

  it("a conversation that one side cancels", async () => {
    const server = await provider("spec.Talk");
    const client = await welcomed();
    const id = client.takeId();
    client.send({ type: type.OPEN, stream: id, meta: named("spec.Talk/Chat") });
    const open = await server.nextOpened(type.OPEN);
    server.send({ type: type.DATA, stream: open.stream, payload: text("a") });
    server.send({ type: type.DATA, stream: open.stream, arg: 1, payload: Buffer.alloc(0) });
    expect((await client.next(type.DATA, id)).payload).toEqual(text("a"));
    const empty = await client.next(type.DATA, id);
    expect([empty.arg, empty.payload.length]).toEqual([1, 0]);
    client.send({ type: type.CANCEL, stream: id, arg: 1 });
    expect((await server.next(type.CANCEL, open.stream)).arg).toBe(1);
  });

  it("a subscription without acknowledgement, and what it misses", async () => {
    const client = await welcomed();
    const id = client.takeId();
    const payload = message(field(1, "spec.plain.*"), field(7, 2));
    client.send({ type: type.SUBSCRIBE, stream: id, arg: 2, payload });
    expect((await client.next(type.SUBSCRIBED, id)).arg).toBe(0);
    for (const [at, token] of ["a", "b", "c", "d"].entries())
      client.send({
        type: type.PUBLISH,
        meta: named(`spec.plain.${token}`),
        payload: text(`${at}`),
      });
    const first = await client.next(type.EVENT, id);
    expect([client.nameOf(first), first.arg, first.payload.toString()]).toEqual([
      "spec.plain.a",
      1,
      "0",
    ]);
    expect((await client.next(type.EVENT, id)).arg).toBe(2);
    client.send({ type: type.PING, payload: text("12345678") });
    await client.next(type.PONG);
    expect(client.has(type.EVENT, id)).toBe(false);
    client.send({ type: type.CREDIT, stream: id, payload: credit(10, 0) });
    client.send({ type: type.PUBLISH, meta: named("spec.plain.e"), payload: text("4") });
    const last = await eventOf(client, id, "4");
    expect(last.arg).toBeGreaterThan(2);
    client.send({ type: type.UNSUBSCRIBE, stream: id });
    expect((await client.next(type.UNSUBSCRIBED, id)).arg).toBe(0);
  });

  it("publishing on a lane, twice and out of order", async () => {
    const client = await welcomed();
    const lane = client.takeId();
    const id = Buffer.alloc(16, 7);
    const publish = (arg: number, first = false) => ({
      type: type.PUBLISH,
      class: 0x88,
      stream: lane,
      arg,
      meta: [...named("spec.lane"), ...(first ? ([[0x06, producer(id, 1, arg)]] as const) : [])],
      payload: text(`${arg}`),
    });
    client.send(publish(1, true));
    const held = await client.next(type.PUBACK, lane);
    const place = answerOf(held.payload);
    expect([held.arg, place.code, place.sequence]).toEqual([1, 0, 1]);
    client.send(publish(3));
    const early = await client.next(type.PUBACK, lane);
    expect([early.arg, answerOf(early.payload)]).toMatchObject([3, { code: 9, reason: 13 }]);
    client.send(publish(1));
    const again = await client.next(type.PUBACK, lane);
    expect(answerOf(again.payload)).toEqual({ ...place, code: 6, reason: 14 });
    client.send(publish(2), { ...publish(3), flags: flag.END });
    const last = await lastAnswer(client, lane, 3);
    expect(answerOf(last.payload)).toEqual({ ...place, sequence: 3 });
  });

  it("a retained value, and none where it was cleared", async () => {
    const client = await welcomed();
    const retained = async (topic: string) => {
      const id = client.takeId();
      client.send({ type: type.SUBSCRIBE, stream: id, arg: 10, payload: field(1, topic) });
      const answer = fieldsOf((await client.next(type.SUBSCRIBED, id)).payload);
      return [id, answer.get(3)?.[0] ?? 0] as const;
    };
    const publish = (payload: Buffer) =>
      client.send({ type: type.PUBLISH, flags: flag.RETAIN, meta: named("spec.value"), payload });
    publish(text("21.5"));
    const [id, count] = await retained("spec.value");
    expect(count).toBe(1);
    const event = await client.next(type.EVENT, id);
    expect([event.payload.toString(), event.flags & flag.RETAIN]).toEqual(["21.5", flag.RETAIN]);
    expect(placeOf(event.meta.get(0x07))?.sequence).toBe(1);
    publish(Buffer.alloc(0));
    expect((await retained("spec.value"))[1]).toBe(0);
  });
});

/** Code 0 is cumulative: the answer of `arg` is the one that passes it (WIRE-18.7). */
async function lastAnswer(client: Client, lane: number, arg: number): Promise<Received> {
  for (;;) {
    const answer = await client.next(type.PUBACK, lane);
    if (answer.arg === arg) return answer;
  }
}

async function eventOf(client: Client, id: number, value: string): Promise<Received> {
  for (;;) {
    const event = await client.next(type.EVENT, id);
    if (event.payload.toString() === value) return event;
  }
}

/** Sends `bytes` as its credit allows: 64 KiB, then what CREDIT says (WIRE-10.1, 9.1). */
async function sendCut(
  client: Client,
  id: number,
  meta: ReturnType<typeof named>,
  bytes: Buffer,
): Promise<void> {
  let allowed = 65_536;
  let sent = 0;
  while (sent < bytes.length) {
    const part = bytes.subarray(sent, Math.min(allowed, bytes.length, sent + 200_000));
    const isLast = sent + part.length === bytes.length;
    const crcBefore = crc32(bytes.subarray(0, sent));
    const shared = { stream: id, flags: isLast ? flag.END : flag.MORE, payload: part, crcBefore };
    client.send(sent === 0 ? { ...shared, type: type.OPEN, meta } : { ...shared, type: type.DATA });
    sent += part.length;
    if (sent < allowed || isLast) continue;
    const grant = await client.next(type.CREDIT, id);
    allowed = Number(grant.payload.readBigUInt64BE(8));
  }
}

/** The message of the next call, and credit while it comes (WIRE-10.5). */
async function collect(server: Client): Promise<{ open: Received; whole: Buffer }> {
  const open = await server.nextOpened(type.OPEN);
  const parts = [open.payload];
  let size = open.payload.length;
  let last = open;
  while ((last.flags & flag.MORE) !== 0) {
    server.send({ type: type.CREDIT, stream: open.stream, payload: credit(32, size + 65_536) });
    last = await server.next(type.DATA, open.stream);
    parts.push(last.payload);
    size += last.payload.length;
  }
  return { open, whole: Buffer.concat(parts) };
}
