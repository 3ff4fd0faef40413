import { EventAckKind, limits } from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";
import { Ledger } from "./ledger.ts";
import { Places } from "./places.ts";

function ledgerOf() {
  const places = new Places();
  const ledger = new Ledger({ places, send: () => {}, schedule: (flush) => flush() });
  const deliver = (delivery: number, sequence: number): void => {
    places.came("t", { epoch: 1, sequence });
    ledger.add(delivery, "t", { epoch: 1, sequence });
  };
  const wanted = (): number => Number(places.wanted[0]?.sequence);
  return { ledger, deliver, wanted };
}

describe("a ledger", () => {
  it("goes back for what was refused, however often: nobody told that it is dead", () => {
    const { ledger, deliver, wanted } = ledgerOf();
    for (let delivery = 1; delivery <= limits.deliveries; delivery++) {
      deliver(delivery, 1);
      ledger.settle(delivery, EventAckKind.NACK, 0);
    }
    deliver(9, 2);
    ledger.settle(9, EventAckKind.ACK, 0);
    expect(wanted()).toBe(1);
  });

  it.each([
    ["never answered", undefined],
    ["refused, and never came again", EventAckKind.NACK],
  ])("keeps no more than a router has outstanding of what was %s", (_, answer) => {
    const { ledger, deliver, wanted } = ledgerOf();
    for (let sequence = 1; sequence <= 10_010; sequence++) {
      deliver(sequence, sequence);
      if (answer !== undefined) ledger.settle(sequence, answer, 0);
    }
    expect(ledger.size).toBe(answer === undefined ? 10_000 : 0);
    expect(wanted()).toBe(11);
  });
});
