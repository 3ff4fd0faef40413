/** Work that must not get lost: acknowledged publishes, a consumer that is remembered, and a value that is kept. */
import { connect } from "@nexus-bridge/sdk-node";
import { DocksFreeTopic, ParcelDueTopic } from "./gen/shipping/v1/index.js";

await using link = await connect();
const parcels = await link.subscribe(ParcelDueTopic, { consumer: "packer", ack: "manual" });

// Resolves when the router holds it; a lost link in between is made good for.
for (const parcelId of ["p-1", "p-2"])
  await link.publish(ParcelDueTopic, { warehouse: "ham", parcelId });

let packed = 0;
for await (const item of parcels) {
  if (item.kind === "gap") {
    console.log(`lost ${item.count}: ${item.reason}`);
    continue;
  }
  const { parcelId } = item.value;
  if (parcelId === "p-1" && !item.redelivered) {
    console.log("later", parcelId);
    item.nack({ delayMs: 50 });
    continue;
  }
  console.log("packed", parcelId);
  item.ack();
  packed += 1;
  if (packed === 2) break;
}

await link.publish(DocksFreeTopic, { warehouse: "ham", docks: 3 });
for await (const item of link.subscribe(DocksFreeTopic.matching({ warehouse: "ham" }))) {
  if (item.kind === "event") console.log("free docks", item.value.docks, item.retained);
  break;
}
await link.clearRetained(DocksFreeTopic, { warehouse: "ham" });
