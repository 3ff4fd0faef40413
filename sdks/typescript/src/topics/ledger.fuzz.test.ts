/** The ledger against a router that only keeps what is unsettled: it says everything that the reader said, and nothing else. */
import { EventAckKind } from "@nexus-bridge/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Ledger } from "./ledger.ts";
import { Places } from "./places.ts";

const { ACK, NACK, PROGRESS, TERM } = EventAckKind;

type Step =
  | { readonly kind: "deliver"; readonly topic: string }
  | { readonly kind: "say"; readonly which: number; readonly word: EventAckKind }
  | { readonly kind: "turn" };

const word = fc.constantFrom<EventAckKind>(ACK, ACK, ACK, NACK, TERM, PROGRESS);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("deliver" as const),
      topic: fc.constantFrom("a", "b"),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("say" as const), which: fc.nat(12), word }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "turn" as const }) },
);

describe("a ledger", () => {
  it("settles at the router what its reader settled, in the fewest words that are true", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.boolean(), (steps, torn) => {
        const places = new Places();
        /** At the router: what became of each delivery. */
        const there = new Map<number, EventAckKind | undefined>();
        const here = new Map<number, EventAckKind>();
        const next = new Map<string, number>();
        let flush: (() => void) | undefined;
        const ledger = new Ledger({
          places,
          schedule: (later) => {
            flush = later;
          },
          send(delivery, kind, _, upTo) {
            if (torn) expect(upTo).toBe(false);
            for (const [each, known] of there) {
              const meant = upTo ? each <= delivery : each === delivery;
              if (meant && known === undefined && kind !== PROGRESS) there.set(each, kind);
            }
          },
        });
        if (torn) ledger.torn();
        for (const each of steps) {
          if (each.kind === "turn") {
            flush?.();
            flush = undefined;
          } else if (each.kind === "deliver") {
            const delivery = there.size + 1;
            const sequence = next.get(each.topic) ?? 1;
            next.set(each.topic, sequence + 1);
            places.came(each.topic, { epoch: 1, sequence });
            there.set(delivery, undefined);
            ledger.add(delivery, each.topic, { epoch: 1, sequence });
          } else if (there.has(each.which)) {
            ledger.settle(each.which, each.word, 0);
            if (each.word !== PROGRESS && !here.has(each.which)) here.set(each.which, each.word);
          }
        }
        flush?.();
        for (const [delivery, kind] of there) expect(kind).toBe(here.get(delivery));
        expect(ledger.size).toBe(there.size - here.size);
      }),
      { numRuns: 500 },
    );
  });
});
