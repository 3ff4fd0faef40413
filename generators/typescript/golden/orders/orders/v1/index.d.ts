export * from "./events.js";
export * from "./inventory.js";
export * from "./money.js";
export * from "./orders.js";
