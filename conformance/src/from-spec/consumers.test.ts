import { describe, expect, it } from "vitest";
import { type Client, flag, type } from "./client.ts";
import { named, publishHeld, useRouter } from "./harness.ts";
import { field, fieldsOf, gapOf, message, placeOf, replay, text } from "./payloads.ts";

const { welcomed } = useRouter();

describe("at QoS 1 it is enough for", () => {
  it("acknowledging, refusing, and getting again", async () => {
    const client = await welcomed();
    const id = client.takeId();
    const payload = message(field(1, "spec.acked"), field(4, 1));
    client.send({ type: type.SUBSCRIBE, stream: id, arg: 10, payload });
    const answer = await client.next(type.SUBSCRIBED, id);
    expect([answer.arg, fieldsOf(answer.payload).get(1)]).toEqual([0, [1]]);
    await publishHeld(client, "spec.acked", ["a"]);
    const first = await client.next(type.EVENT, id);
    expect([first.arg, first.class & 0x18, first.flags & flag.DUP]).toEqual([1, 0x08, 0]);
    const nack = Buffer.from([1, 0, 0, 0, 1]);
    client.send({ type: type.EVACK, stream: id, arg: 1, payload: nack });
    const second = await client.next(type.EVENT, id);
    expect([second.arg, second.flags & flag.DUP]).toEqual([2, flag.DUP]);
    expect(second.meta.get(0x07)).toEqual(first.meta.get(0x07));
    expect(second.meta.get(0x10)).toEqual(Buffer.from([2]));
    client.send({
      type: type.EVACK,
      flags: flag.END,
      stream: id,
      arg: 2,
      payload: Buffer.from([0]),
    });
    client.send({ type: type.UNSUBSCRIBE, stream: id });
    expect((await client.next(type.UNSUBSCRIBED, id)).arg).toBe(0);
  });

  it("going on where another link stopped", async () => {
    const before = await welcomed();
    const places = await publishHeld(before, "spec.resumed", ["a", "b", "c"]);
    const client = await welcomed();
    const id = client.takeId();
    const second = places[1] ?? { epoch: 0, sequence: 0 };
    const at = message(field(1, "spec.resumed"), field(2, second.epoch), field(3, second.sequence));
    const start = message(field(1, 2), field(2, at));
    const payload = message(field(1, "spec.>"), field(4, 1), field(5, start), field(6, 2));
    client.send({ type: type.SUBSCRIBE, stream: id, arg: 1000, payload });
    await client.next(type.SUBSCRIBED, id);
    const seen: string[] = [];
    while (seen.length < 2) {
      const event = await client.next(type.EVENT, id);
      if (client.nameOf(event) === "spec.resumed") seen.push(event.payload.toString());
    }
    expect(seen).toEqual(["b", "c"]);
  });

  it("a position of another epoch, which is told", async () => {
    const client = await welcomed();
    const [first] = await publishHeld(client, "spec.reset", ["a"]);
    const id = client.takeId();
    const at = message(field(1, "spec.reset"), field(2, (first?.epoch ?? 0) - 1), field(3, 5));
    const payload = message(
      field(1, "spec.reset"),
      field(4, 1),
      field(5, message(field(1, 2), field(2, at))),
    );
    client.send({ type: type.SUBSCRIBE, stream: id, arg: 10, payload });
    await client.next(type.SUBSCRIBED, id);
    const gap = await client.next(type.GAP, id);
    expect([client.nameOf(gap), gapOf(gap.payload).reason]).toEqual(["spec.reset", 6]);
    expect((await client.next(type.EVENT, id)).payload.toString()).toBe("a");
  });
});

describe("for consumers it is enough for", () => {
  /** A subscription of QoS 1 with `fields` besides. */
  async function subscribed(client: Client, pattern: string, ...fields: readonly Buffer[]) {
    const id = client.takeId();
    const payload = message(field(1, pattern), field(4, 1), ...fields);
    client.send({ type: type.SUBSCRIBE, stream: id, arg: 100, payload });
    expect((await client.next(type.SUBSCRIBED, id)).arg).toBe(0);
    return id;
  }
  const acknowledge = (client: Client, id: number, delivery: number, ...kind: readonly number[]) =>
    client.send({ type: type.EVACK, stream: id, arg: delivery, payload: Buffer.from(kind) });

  it("seeing kept messages once more", async () => {
    const client = await welcomed();
    const places = await publishHeld(client, "spec.replayed", ["a", "b", "c"]);
    const id = await subscribed(client, "spec.replayed", field(6, 2));
    const range = replay(places[0]?.epoch ?? 0, 1, 2, 0);
    client.send({ type: type.REPLAY, stream: id, meta: named("spec.replayed"), payload: range });
    const first = await client.next(type.EVENT, id);
    const second = await client.next(type.EVENT, id);
    expect([first, second].map(({ payload }) => payload.toString())).toEqual(["a", "b"]);
    expect([first.arg, second.arg, first.class & 0x18]).toEqual([1, 2, 0]);
    const other = replay((places[0]?.epoch ?? 0) - 1, 1, 2, 0);
    client.send({ type: type.REPLAY, stream: id, meta: named("spec.replayed"), payload: other });
    expect(gapOf((await client.next(type.GAP, id)).payload)).toMatchObject({ reason: 6, count: 0 });
  });

  it("a consumer that goes on elsewhere", async () => {
    const [older, newer] = [await welcomed(), await welcomed()];
    const name = field(9, "spec-consumer");
    const before = await subscribed(older, "spec.taken", name);
    await publishHeld(older, "spec.taken", ["a"]);
    expect((await older.next(type.EVENT, before)).flags & flag.DUP).toBe(0);
    const after = await subscribed(newer, "spec.taken", name);
    expect((await older.next(type.UNSUBSCRIBED, before)).arg).toBe((15 << 8) | 10);
    const again = await newer.next(type.EVENT, after);
    expect([again.payload.toString(), again.flags & flag.DUP]).toEqual(["a", flag.DUP]);
    acknowledge(newer, after, again.arg, 0);
    newer.send({ type: type.UNSUBSCRIBE, stream: after });
    await newer.next(type.UNSUBSCRIBED, after);
  });

  it("a message that nobody settles, and where it is found", async () => {
    const client = await welcomed();
    const dead = await subscribed(client, "$dead.>");
    const id = await subscribed(client, "spec.poison");
    const [place] = await publishHeld(client, "spec.poison", ["x"]);
    for (let delivery = 1; delivery <= 5; delivery++) {
      const event = await client.next(type.EVENT, id);
      expect([event.arg, event.meta.get(0x10)?.[0] ?? 1]).toEqual([delivery, delivery]);
      acknowledge(client, id, event.arg, 1, 0, 0, 0, 1);
    }
    const letter = await client.next(type.EVENT, dead);
    expect([client.nameOf(letter), letter.payload.toString()]).toEqual(["$dead.spec.poison", "x"]);
    expect(placeOf(letter.meta.get(0x07))).toEqual({
      epoch: place?.epoch,
      sequence: place?.sequence,
    });
    expect(letter.meta.get(0x14)?.length).toBeGreaterThan(0);
  });

  it("messages of one key, which one member gets until it has settled them", async () => {
    const [publisher, left, right] = [await welcomed(), await welcomed(), await welcomed()];
    const fields = [field(2, "spec-group"), field(3, 1)] as const;
    const ids = [
      await subscribed(left, "spec.keyed", ...fields),
      await subscribed(right, "spec.keyed", ...fields),
    ] as const;
    const keys = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const orders = [...keys, ...keys].map((key, at) => ({ key: text(key), value: `${key}${at}` }));
    await publishHeld(
      publisher,
      "spec.keyed",
      orders.map(({ value }) => value),
      (at) => [[0x08, orders[at]?.key ?? text("")]],
    );
    const owner = new Map<string, number>();
    const got = [left, right].map(async (member, at) => {
      for (;;) {
        const event = await member.next(type.EVENT, ids[at] ?? 0);
        const key = event.payload.toString().charAt(0);
        expect(owner.get(key) ?? at).toBe(at);
        owner.set(key, at);
        acknowledge(member, ids[at] ?? 0, event.arg, 0);
        if (++seen === orders.length) done();
      }
    });
    let seen = 0;
    let done = () => {};
    const all = new Promise<void>((resolve) => {
      done = resolve;
    });
    await Promise.race([all, ...got]);
    expect([...owner.keys()].sort()).toEqual(keys);
    for (const ended of got) ended.catch(() => undefined);
  });
});
