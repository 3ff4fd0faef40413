import { EventAckKind, limits } from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";
import { Ledger } from "./ledger.ts";
import { Places } from "./places.ts";

function ledgerOf() {
  const places = new Places();
  const ledger = new Ledger({ places, send: () => {}, schedule: (flush) => flush() });
  const deliver = (delivery: number, sequence: number, attempt = 1): void => {
    places.came("t", { epoch: 1, sequence });
    ledger.add(delivery, "t", { epoch: 1, sequence }, attempt);
  };
  const wanted = (): number => Number(places.wanted[0]?.sequence);
  return { ledger, deliver, wanted };
}

describe("a ledger", () => {
  it("goes back for what was refused once more", () => {
    const { ledger, deliver, wanted } = ledgerOf();
    deliver(1, 1);
    deliver(2, 2);
    ledger.settle(2, EventAckKind.ACK, 0);
    ledger.settle(1, EventAckKind.NACK, 0);
    expect(wanted()).toBe(1);
  });

  it("does not go back for what was refused the last time, unless it comes again", () => {
    const { ledger, deliver, wanted } = ledgerOf();
    deliver(1, 1, limits.deliveries);
    ledger.settle(1, EventAckKind.NACK, 0);
    expect(wanted()).toBe(2);
    deliver(2, 1, limits.deliveries + 1);
    expect(wanted()).toBe(1);
  });

  it("leaves behind what is never answered, and keeps no more of it than it may", () => {
    const { ledger, deliver, wanted } = ledgerOf();
    for (let sequence = 1; sequence <= 10_010; sequence++) deliver(sequence, sequence);
    expect(ledger.size).toBe(10_000);
    expect(wanted()).toBe(11);
  });
});
