/** Acknowledged topics against a real router: positions, redelivery, retained values, consumers, and links and routers that die. */
import { topic } from "@nexus-bridge/sdk/gen1";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  OrderCreatedTopic as AtMostOnce,
  type OrderCreated,
} from "../samples/gen/orders/v1/index.js";
import { connect, type Diagnostic, type Event, type Item, type Link } from "./index.ts";
import { breakable } from "./testing/breakable.ts";
import { type RouterProcess, startRouterProcess } from "./testing/router-process.ts";

/** One topic a test, so that none hears another. */
function topicOf(name: string, retained = false) {
  const { message } = AtMostOnce.definition;
  const fields = { field: "region", kind: "string" } as const;
  return topic<OrderCreated, Partial<OrderCreated>, { region: string }>({
    message,
    tokens: ["test", name, fields],
    qos: 1,
    retained,
  });
}

const event = ({ value }: IteratorResult<Item<OrderCreated>, undefined>): Event<OrderCreated> => {
  if (value?.kind !== "event") throw new Error(`an event was expected: ${JSON.stringify(value)}`);
  return value;
};
const order = (at: number) => ({ region: "eu", orderId: String(at) });

let router: RouterProcess;
let address: string;
let url: string;
beforeAll(async () => {
  router = await startRouterProcess(["tcp://127.0.0.1:0"]);
  address = router.addresses[0] ?? "";
  url = address.replace("tcp://", "nexus://");
}, 30_000);
afterAll(() => router.stop());

describe("acknowledged topics", () => {
  it("tells where each event is kept, and delivers it there", async () => {
    await using link = await connect(url);
    const placed = topicOf("placed");
    const items = await link.subscribe(placed);
    const first = await link.publish(placed, order(1));
    const second = await link.publish(placed, order(2));
    expect(first).toMatchObject({ duplicate: false, position: { sequence: 1 } });
    expect(second.position).toEqual({ epoch: first.position?.epoch, sequence: 2 });
    const seen = [event(await items.next()), event(await items.next())];
    expect(seen.map(({ position }) => position)).toEqual([first.position, second.position]);
    expect(seen.map(({ redelivered }) => redelivered)).toEqual([false, false]);
  });

  it("delivers again what is given back, and not what is done or rejected", async () => {
    await using link = await connect(url);
    const work = topicOf("work");
    const items = await link.subscribe(work, { ack: "manual" });
    for (const at of [1, 2, 3]) await link.publish(work, order(at));
    const [one, two, three] = [
      event(await items.next()),
      event(await items.next()),
      event(await items.next()),
    ];
    one.ack();
    two.nack({ delayMs: 10 });
    three.reject();
    const again = event(await items.next());
    expect(again).toMatchObject({ redelivered: true, attempt: 2, position: two.position });
    again.ack();
    await link.publish(work, order(4));
    expect(event(await items.next()).value.orderId).toBe("4");
  });

  it("sends an event that never succeeds to its dead-letter topic", async () => {
    await using link = await connect(url);
    const poison = topicOf("poison");
    const dead = await link.subscribe({ ...AtMostOnce, pattern: "$dead.test.poison.>", qos: 1 });
    const items = await link.subscribe(poison, { ack: "manual" });
    const { position } = await link.publish(poison, order(1));
    for (let at = 0; at < 5; at += 1) event(await items.next()).nack({ delayMs: 1 });
    const letter = event(await dead.next());
    expect(letter.deadLetterReason).toMatch(/./);
    expect(letter).toMatchObject({
      topic: "$dead.test.poison.eu",
      value: { orderId: "1" },
      position,
    });
  });

  it("keeps a value for those who come later, until it is cleared", async () => {
    await using link = await connect(url);
    const kept = topicOf("kept", true);
    await link.publish(kept, order(1));
    await link.publish(kept, order(2));
    const early = await link.subscribe(kept);
    expect(event(await early.next())).toMatchObject({ retained: true, value: { orderId: "2" } });
    const never = await link.subscribe(kept, { retained: "never" });
    await link.publish(kept, order(3));
    expect(event(await never.next())).toMatchObject({ retained: false, value: { orderId: "3" } });
    await link.clearRetained(kept, order(0));
    const late = await link.subscribe(kept);
    await link.publish(kept, order(4));
    expect(event(await late.next())).toMatchObject({ retained: false, value: { orderId: "4" } });
  });

  it("begins where it is told to", async () => {
    await using link = await connect(url);
    const past = topicOf("past");
    const places = [];
    for (const at of [1, 2, 3]) places.push((await link.publish(past, order(at))).position);
    const first = async (start: Parameters<Link["subscribe"]>[1]) => {
      const items = await link.subscribe(past, start);
      const { value } = event(await items.next());
      await items.return();
      return value.orderId;
    };
    expect(await first({ start: "earliest" })).toBe("1");
    expect(await first({ start: { ageMs: 60_000 } })).toBe("1");
    const [, second] = places;
    const positions = [{ topic: "test.past.eu", epoch: second?.epoch ?? 0, sequence: 2 }];
    expect(await first({ start: { positions } })).toBe("2");
  });

  it("shares the events of a group, and gives those of a member that leaves to another", async () => {
    await using one = await connect(url);
    await using other = await connect(url);
    const shared = topicOf("shared");
    const here = await one.subscribe(shared, { group: "g", ack: "manual" });
    const there = await other.subscribe(shared, { group: "g", ack: "manual" });
    for (const at of [1, 2]) await one.publish(shared, order(at));
    const mine = event(await here.next());
    const theirs = event(await there.next());
    expect([mine.value.orderId, theirs.value.orderId].sort()).toEqual(["1", "2"]);
    theirs.ack();
    await one.close();
    expect(event(await there.next())).toMatchObject({
      redelivered: true,
      value: { orderId: mine.value.orderId },
    });
  });
});

describe("a named consumer", () => {
  it("goes on where it was, also on another link", async () => {
    const mail = topicOf("mail");
    await using writer = await connect(url);
    const before = await connect(url);
    const items = await before.subscribe(mail, { consumer: "mailer" });
    for (const at of [1, 2]) await writer.publish(mail, order(at));
    event(await items.next());
    expect(event(await items.next()).value.orderId).toBe("2");
    await items.return();
    await before.drain();
    await writer.publish(mail, order(3));
    await using after = await connect(url);
    const again = await after.subscribe(mail, { consumer: "mailer" });
    // What was at hand when the loop was left went back; it comes when the router's pause is over.
    const seen = [event(await again.next()), event(await again.next())];
    expect(seen.map(({ value }) => value.orderId).sort()).toEqual(["2", "3"]);
    const given = seen.find(({ value }) => value.orderId === "2");
    expect(given).toMatchObject({ redelivered: true, attempt: 2 });
  });

  it("is one at a time: the newer takes over", async () => {
    const mail = topicOf("taken");
    await using one = await connect(url);
    await using other = await connect(url);
    const older = await one.subscribe(mail, { consumer: "mailer" });
    const over = older.next();
    over.catch(() => {});
    await other.subscribe(mail, { consumer: "mailer" });
    await expect(over).rejects.toMatchObject({ code: "ABORTED", reason: "TAKEN_OVER" });
  });
});

describe("a link that breaks", () => {
  it("loses nothing and tells nothing but the truth", { timeout: 60_000 }, async () => {
    const way = await breakable(address);
    const told: Diagnostic[] = [];
    const link = await connect(way.url, { onDiagnostic: (each) => told.push(each) });
    const steady = topicOf("steady");
    const items = await link.subscribe(steady);
    const count = 600;
    const publishing = (async () => {
      for (let at = 1; at <= count; at += 1) {
        const receipt = link.publish(steady, order(at));
        if (at % 150 === 0) way.cut();
        if (at % 10 === 0) await receipt;
      }
    })();
    const seen: number[] = [];
    const repeated: number[] = [];
    while (seen.length < count) {
      const { value, redelivered } = event(await items.next());
      const at = Number(value.orderId);
      if (redelivered) repeated.push(at);
      if (!redelivered || !seen.includes(at)) seen.push(at);
    }
    await publishing;
    expect(seen).toEqual(Array.from({ length: count }, (_, at) => at + 1));
    expect(told.filter(({ kind }) => kind === "disconnected").length).toBeGreaterThan(1);
    expect(told.filter(({ kind }) => kind === "gap")).toEqual([]);
    await link.close();
    await way.close();
  });
});

describe("a router that is killed", () => {
  it("gets every publish that it did not acknowledge; what it held in memory is told as gone", {
    timeout: 60_000,
  }, async () => {
    const first = await startRouterProcess(["tcp://127.0.0.1:0"]);
    const way = await breakable(first.addresses[0] ?? "");
    const link = await connect(way.url);
    const orders = topicOf("orders");
    const items = await link.subscribe(orders, { ack: "manual" });
    for (const at of [1, 2, 3]) await link.publish(orders, order(at));
    const [one] = [event(await items.next()), event(await items.next()), event(await items.next())];
    one.ack();
    await first.stop();
    const receipts = [4, 5, 6].map((at) => link.publish(orders, order(at)));
    const second = await startRouterProcess(["tcp://127.0.0.1:0"]);
    way.lead(second.addresses[0] ?? "");
    const acknowledged = await Promise.all(receipts);
    expect(acknowledged.map(({ position }) => position?.sequence).at(-1)).toBe(3);
    const after: Item<OrderCreated>[] = [];
    while (after.filter(({ kind }) => kind === "event").length < 3)
      after.push((await items.next()).value as Item<OrderCreated>);
    expect(after[0]).toMatchObject({ kind: "gap", reason: "reset" });
    const texts = after.flatMap((item) => (item.kind === "event" ? [item.value.orderId] : []));
    expect(texts).toEqual(["4", "5", "6"]);
    await link.close();
    await way.close();
    await second.stop();
  });
});
