import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReceiveCredit, SendCredit } from "./credit.ts";
import { limits } from "./gen/limits.ts";

describe("send credit", () => {
  it("begins with the constants of v1", () => {
    const credit = new SendCredit();
    expect([credit.messages, credit.bytes]).toEqual([
      limits.streamCreditMessages,
      limits.streamCreditBytes,
    ]);
  });

  it("is spent whole or not at all", () => {
    const credit = new SendCredit(1, 10);
    expect(credit.spend(1, 11)).toBe(false);
    expect(credit.spend(2, 1)).toBe(false);
    expect([credit.messages, credit.bytes]).toEqual([1, 10]);
    expect(credit.spend(1, 10)).toBe(true);
    expect(credit.spend(0, 1)).toBe(false);
    expect(credit.spend(0, 0)).toBe(true);
  });

  it("only ever rises, field by field", () => {
    const credit = new SendCredit(5, 50);
    expect(credit.raise(5, 50)).toBe(false);
    expect(credit.raise(4, 60)).toBe(true);
    expect([credit.messages, credit.bytes]).toEqual([5, 60]);
    expect(credit.raise(7, 10)).toBe(true);
    expect([credit.messages, credit.bytes]).toEqual([7, 60]);
  });
});

describe("receive credit", () => {
  it("notices what was sent without credit", () => {
    const credit = new ReceiveCredit(1, 10);
    expect(credit.receive(1, 10)).toBe(true);
    expect(credit.receive(0, 1)).toBe(false);
    expect(new ReceiveCredit(1, 10).receive(2, 1)).toBe(false);
  });

  it("grants bytes for a partial message though nobody pulls", () => {
    const credit = new ReceiveCredit(1, 10);
    credit.receive(1, 10);
    expect(credit.grant()).toBeUndefined();
    credit.consume(10);
    expect(credit.grant()).toEqual({ messages: 1, bytes: 20 });
    expect(credit.grant()).toBeUndefined();
  });

  it("lets a partial message go on though most of the window waits for the application", () => {
    const credit = new ReceiveCredit(5, 64);
    credit.receive(1, 50);
    credit.receive(1, 14);
    credit.consume(14);
    expect(credit.grant()).toEqual({ messages: 5, bytes: 78 });
  });

  it("grants messages as the application pulls them", () => {
    const credit = new ReceiveCredit(2, 10);
    credit.receive(2, 0);
    expect(credit.grant()).toBeUndefined();
    credit.pull(1);
    expect(credit.grant()).toEqual({ messages: 3, bytes: 10 });
  });

  it("does not send a frame for every message", () => {
    const credit = new ReceiveCredit();
    let grants = 0;
    for (let message = 0; message < 320; message++) {
      credit.receive(1, 10);
      credit.consume(10);
      credit.pull(1);
      if (credit.grant() !== undefined) grants++;
    }
    expect(grants).toBe(20);
  });

  it("never stalls a stream that is read, and never lets the sender exceed its window", () => {
    const sizes = fc.array(fc.nat(200), { minLength: 1, maxLength: 60 });
    const windows = fc.record({
      messages: fc.integer({ min: 1, max: 8 }),
      bytes: fc.integer({ min: 1, max: 64 }),
    });
    fc.assert(
      fc.property(sizes, windows, (messages, window) => {
        const sender = new SendCredit(window.messages, window.bytes);
        const receiver = new ReceiveCredit(window.messages, window.bytes);
        for (const size of messages) {
          let left = size;
          let begun = false;
          // One round trip each: either something is sent or a grant comes; both missing is a stall.
          while (!begun || left > 0) {
            const part = Math.min(left, sender.bytes);
            const sent = (left === 0 || part > 0) && sender.spend(begun ? 0 : 1, part);
            if (sent) {
              expect(receiver.receive(begun ? 0 : 1, part)).toBe(true);
              receiver.consume(part);
              begun = true;
              left -= part;
            }
            const grant = receiver.grant(window.messages);
            if (grant !== undefined) sender.raise(grant.messages, grant.bytes);
            expect(sent || grant !== undefined).toBe(true);
            expect(sender.bytes).toBeLessThanOrEqual(window.bytes);
          }
          receiver.pull(1);
          const grant = receiver.grant(window.messages);
          if (grant !== undefined) sender.raise(grant.messages, grant.bytes);
        }
      }),
    );
  });
});
