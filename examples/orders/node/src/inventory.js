/** The warehouse: what the generated InventoryServiceHandler asks for, written as a plain object. */
import { UnknownSkuError, Zone } from "./gen/orders/v1/index.js";

const servedBy = "node";
const shelf = new Map([
  ["tea", 40n],
  ["ice", -2n],
]);

function levelOf(sku) {
  const available = shelf.get(sku);
  if (available === undefined) throw UnknownSkuError.create({ sku });
  return {
    sku,
    available,
    zone: sku === "ice" ? Zone.FROZEN : Zone.AMBIENT,
    temperaturesCelsius: [18.5, 18.25],
    palletSerials: [18_446_744_073_709_551_615n],
    servedBy,
  };
}

/** @type {import("./gen/orders/v1/index.js").InventoryServiceHandler} */
export const inventory = {
  checkStock({ sku }) {
    return levelOf(sku);
  },

  async *watchStock({ skus }) {
    for (const sku of skus) yield levelOf(sku);
  },

  async receiveDeliveries(deliveries) {
    let pieces = 0n;
    const piecesBySku = new Map();
    for await (const delivery of deliveries) {
      const delivered = BigInt(delivery.pieces);
      pieces += delivered;
      piecesBySku.set(delivery.sku, (piecesBySku.get(delivery.sku) ?? 0n) + delivered);
    }
    return { pieces, piecesBySku, servedBy };
  },

  async *reserveStock(requests) {
    for await (const { sku, pieces } of requests) {
      yield shelf.has(sku)
        ? { sku, outcome: { case: "reserved", value: pieces }, servedBy }
        : { sku, outcome: { case: "unknown", value: { sku } }, servedBy };
    }
  },
};
