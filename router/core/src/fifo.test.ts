import fc from "fast-check";
import { expect, test } from "vitest";
import { Fifo } from "./fifo.ts";

test("gives items back in the order they came, whatever is pushed and taken in between", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 2000 }), (pushes) => {
      const fifo = new Fifo<{ readonly number: number }>();
      const model: number[] = [];
      for (const [number, isPush] of pushes.entries()) {
        if (isPush) {
          fifo.push({ number });
          model.push(number);
        } else {
          expect(fifo.shift()?.number).toBe(model.shift());
        }
        expect([fifo.length, fifo.first?.number, fifo.last?.number]).toEqual([
          model.length,
          model[0],
          model.at(-1),
        ]);
      }
    }),
  );
});

test("stays as short as what waits when it never runs empty", () => {
  const fifo = new Fifo<{ readonly number: number }>();
  fifo.push({ number: 0 });
  for (let number = 1; number < 100_000; number++) {
    fifo.push({ number });
    expect(fifo.shift()?.number).toBe(number - 1);
  }
  expect(fifo.length).toBe(1);
  fifo.shift();
  expect([fifo.length, fifo.first, fifo.last, fifo.shift()]).toEqual([
    0,
    undefined,
    undefined,
    undefined,
  ]);
});
