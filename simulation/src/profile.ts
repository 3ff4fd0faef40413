/** What kind of world a seed gives: how many there are, how slow and rough the network is, how tight the limits are. */
import type { RouterLimits } from "@nexus-bridge/router-core";
import type { Weather } from "./pipe.ts";
import type { Random } from "./random.ts";

export interface Profile {
  readonly clients: number;
  readonly servers: number;
  readonly lanes: number;
  readonly weather: Weather;
  /** Calls may be refused because the credit of a link is used up. */
  readonly isCreditTight: boolean;
  readonly limits: Partial<RouterLimits>;
  readonly bounds: { readonly outboxBytes: number; readonly creditBytes: number };
  /** Losses, stalls and crashes before the calm. */
  readonly isRough: boolean;
  readonly roughMs: number;
  readonly calls: number;
  readonly publishes: number;
  readonly jobs: number;
}

const KIB = 1024;
const latencies = [
  [0.05, 0.2],
  [0.2, 5],
  [5, 40],
] as const;
const pieces = [
  [1_000_000, 1_000_000],
  [1000, 20_000],
  [20, 3000],
] as const;

export function profileOf(random: Random): Profile {
  const isOutboxTight = random.chance(0.5);
  const isCreditTight = random.chance(0.4);
  const outboxBytes = isOutboxTight ? 24 * KIB : 8192 * KIB;
  const creditBytes = isCreditTight ? 100 * KIB : 65_536 * KIB;
  const clients = random.int(3, 5);
  return {
    clients,
    servers: random.int(1, 2),
    lanes: random.int(1, 3),
    weather: { latencyMs: random.pick(latencies), pieceBytes: random.pick(pieces) },
    isCreditTight,
    limits: {
      outboxBytesPerLink: outboxBytes,
      creditBytesPerLink: creditBytes,
      ...(isOutboxTight && { outboxMessagesPerLink: 100 }),
    },
    bounds: { outboxBytes, creditBytes },
    isRough: random.chance(0.7),
    roughMs: random.between(500, 4000),
    calls: random.int(12, 28),
    publishes: random.int(20, 80),
    jobs: random.int(10, 50),
  };
}
