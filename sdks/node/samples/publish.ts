/** A topic: awaiting the subscription makes sure that what is published afterwards is heard. */
import { connect } from "@nexus-bridge/sdk-node";
import { OrderCreatedTopic } from "./gen/orders/v1/index.js";

await using link = await connect();
const items = await link.subscribe(OrderCreatedTopic.matching({ region: "eu" }));

await link.publish(OrderCreatedTopic, { region: "us", orderId: "o-1" });
await link.publish(OrderCreatedTopic, { region: "eu", orderId: "o-2" }, { correlationId: "c-2" });

for await (const item of items) {
  if (item.kind === "gap") console.log(`lost ${item.count}, ${item.reason}`);
  else console.log(item.topic, item.value.orderId, item.correlationId);
  break;
}
