/** What a link is for, all of it once: calls, streams, events. */
import { expect } from "vitest";
import { Order, OrderCreatedTopic, OrderService } from "../../samples/gen/orders/v1/index.js";
import type { Link } from "../index.ts";

export async function used(link: Link): Promise<void> {
  const served = await link.serve(OrderService, {
    getOrder: ({ id }) => ({ id }),
    async *chat(messages) {
      yield* messages;
    },
  });
  const orders = link.client(OrderService);
  expect(await orders.getOrder({ id: "o-1" })).toEqual(Order.create({ id: "o-1" }));
  const texts: string[] = [];
  const large = { text: "x".repeat(1 << 20) };
  for await (const { text } of orders.chat([{ text: "a" }, large])) texts.push(text);
  expect(texts).toEqual(["a", large.text]);
  const items = await link.subscribe(OrderCreatedTopic);
  await link.publish(OrderCreatedTopic, { region: "eu", orderId: "o-1" });
  expect(await items.next()).toMatchObject({ value: { value: { orderId: "o-1" } } });
  await served.drain();
  await link.drain();
}
