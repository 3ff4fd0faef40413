import type { Channel } from "@nexus-bridge/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Arena, INPUT_BYTES, SLAB_BYTES } from "./arena.ts";
import { createFrame } from "./frame.ts";
import { closeRun, DIRECT_BYTES_MAX, Outbox, type Press, WAITING_BYTES } from "./outbox.ts";

/** A channel that takes bytes and says so when it is asked to. */
function createSink() {
  const taken: Uint8Array[] = [];
  const owed: (() => void)[] = [];
  const channel: Channel = {
    transport: "memory",
    remote: "test",
    start: () => undefined,
    write: (bytes, written) => {
      taken.push(bytes.slice());
      if (written !== undefined) owed.push(written);
      return true;
    },
    pause: () => undefined,
    resume: () => undefined,
    end: () => undefined,
    destroy: () => undefined,
  };
  const settle = () => {
    for (const written of owed.splice(0)) written();
  };
  return { channel, taken, settle };
}

function createPress(slabsMax: number): Press & { asked: number } {
  const press = {
    arena: new Arena(slabsMax),
    run: { outbox: undefined, start: 0, end: 0 },
    now: 0,
    queuedBytes: 0,
    dirty: [],
    asked: 0,
    requestFlush: () => {
      press.asked++;
    },
  };
  return press;
}

/** A numbered stand-in for a frame; an outbox does not look inside. */
function numbered(number: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size).fill(number & 0xff);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Where two byte strings differ, -1 where they do not: quicker than an assertion on each byte. */
function difference(left: Uint8Array, right: Uint8Array): number {
  const at = left.findIndex((byte, index) => byte !== right[index]);
  return at < 0 && left.length !== right.length ? left.length : at;
}

const size = fc.oneof(fc.integer({ min: 4, max: 300 }), fc.integer({ min: 20_000, max: 90_000 }));
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant("forward" as const), to: fc.nat(1), size }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("put" as const), to: fc.nat(1), size }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("say" as const), to: fc.nat(1), size }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("flush" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("settle" as const), to: fc.nat(1) }) },
);

describe("an outbox", () => {
  test("sends everything once and in order, by whatever way it came, and gives every slab back", () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 60, size: "max" }),
        fc.integer({ min: 0, max: 4 }),
        (steps, slabs) => {
          const press = createPress(slabs);
          const sinks = [createSink(), createSink()];
          const outboxes = sinks.map(({ channel }) => new Outbox(press, channel));
          const sent: Uint8Array[][] = [[], []];
          const frame = createFrame();
          let inputAt = 0;
          const flush = () => {
            closeRun(press.run);
            inputAt = 0;
            for (const outbox of press.dirty.splice(0)) outbox.flush();
          };
          const forward = (to: number, bytes: Uint8Array) => {
            // As in a turn: frames lie behind one another in the input, until it is read anew.
            if (inputAt + bytes.length > INPUT_BYTES) {
              closeRun(press.run);
              inputAt = 0;
            }
            const fits = bytes.length <= INPUT_BYTES;
            if (fits) press.arena.bytes.set(bytes, inputAt);
            frame.bytes = fits ? press.arena.bytes : bytes;
            frame.start = fits ? inputAt : 0;
            frame.end = frame.start + bytes.length;
            if (fits) inputAt = frame.end;
            outboxes[to]?.forward(frame);
          };
          steps.forEach((each, number) => {
            if (each.kind === "flush") flush();
            else if (each.kind === "settle") sinks[each.to]?.settle();
            else {
              const outbox = outboxes[each.to] as Outbox;
              const bytes = numbered(number, each.size);
              if (each.kind !== "say" && !outbox.isDirect) return;
              sent[each.to]?.push(bytes);
              if (each.kind === "forward") forward(each.to, bytes);
              else outbox[each.kind](bytes);
            }
          });
          for (let round = 0; round < 200; round++) {
            flush();
            for (const sink of sinks) sink.settle();
          }
          sinks.forEach(({ taken }, to) => {
            expect(difference(concat(taken), concat(sent[to] ?? []))).toBe(-1);
            for (const piece of taken) expect(piece.length).toBeLessThanOrEqual(90_000);
          });
          for (const outbox of outboxes) {
            expect(outbox).toMatchObject({ pendingBytes: 0, handedBytes: 0, queuedBytes: 0 });
          }
          expect(press.queuedBytes).toBe(0);
          expect(press.arena.usedBytes).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("hands a peer that does not read no more than it may have on its way", () => {
    const press = createPress(32);
    const { channel, taken, settle } = createSink();
    const outbox = new Outbox(press, channel);
    for (let number = 0; number < 200; number++) outbox.say(numbered(number, 10_000));
    outbox.flush();
    const before = concat(taken).length;
    expect(before).toBeGreaterThanOrEqual(DIRECT_BYTES_MAX);
    expect(before).toBeLessThan(DIRECT_BYTES_MAX + SLAB_BYTES);
    expect(outbox.isDirect).toBe(false);
    const waiting = 200 - before / 10_000;
    expect(outbox.queuedBytes).toBe(waiting * (10_000 + WAITING_BYTES));
    settle();
    outbox.flush();
    expect(concat(taken).length).toBeGreaterThan(before);
  });

  test("keeps whole frames together, so that a message transport can send each write as one", () => {
    const press = createPress(4);
    const { channel, taken } = createSink();
    const outbox = new Outbox(press, channel);
    for (let number = 0; number < 5; number++) outbox.put(numbered(number, 30_000));
    outbox.flush();
    expect(taken.map(({ length }) => length)).toEqual([60_000, 60_000, 30_000]);
  });

  test("forgets what waits when it is closed, and takes nothing further", () => {
    const press = createPress(4);
    const { channel, taken, settle } = createSink();
    const outbox = new Outbox(press, channel);
    for (let number = 0; number < 50; number++) outbox.say(numbered(number, 10_000));
    outbox.finish();
    outbox.say(numbered(99, 10));
    const before = taken.length;
    settle();
    outbox.flush();
    expect(taken).toHaveLength(before);
    expect(press.queuedBytes).toBe(0);
    expect(press.arena.usedBytes).toBe(0);
  });
});
