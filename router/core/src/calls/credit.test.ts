import { encodeCredit, Flag, FrameType, readCredit } from "@nexus-bridge/protocol";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Method, open, provider } from "../testing/demo.ts";
import { Harness, type Peer } from "../testing/harness.ts";

const CREDIT_MAX = 300_000;
const CALLS = 6;
const START_MESSAGES = 32;
const START_BYTES = 65_536;

/** One direction of one call, as both of its ends know it. */
interface Side {
  granted: { messages: number; bytes: number };
  told: { messages: number; bytes: number };
  sent: { messages: number; bytes: number };
}

const side = (bytes: number): Side => ({
  granted: { messages: START_MESSAGES, bytes: START_BYTES },
  told: { messages: START_MESSAGES, bytes },
  sent: { messages: 0, bytes: 0 },
});

const step = fc.oneof(
  fc.record({
    kind: fc.constant("grant" as const),
    call: fc.nat(CALLS - 1),
    messages: fc.nat(60),
    bytes: fc.nat(200_000),
  }),
  fc.record({
    kind: fc.constant("send" as const),
    call: fc.nat(CALLS - 1),
    bytes: fc.integer({ min: 1, max: 60_000 }),
  }),
  fc.record({ kind: fc.constant("stall" as const) }),
  fc.record({ kind: fc.constant("read" as const) }),
);

/** Applies what the provider was told about the answers it may send. */
function hear(server: Peer, sides: Map<number, Side>): void {
  for (const { type, stream, payload, meta } of server.take()) {
    if (type === FrameType.OPEN) {
      const kibibytes = meta.initialCredit?.kibibytes;
      sides.set(stream, side(kibibytes === undefined ? START_BYTES : kibibytes * 1024));
    }
    if (type !== FrameType.CREDIT) continue;
    const read = readCredit(new DataView(payload.buffer), 0, payload.length);
    const known = sides.get(stream);
    // A call that is about to end may be told, too.
    if (known !== undefined && read.kind === "payload") known.told = read.payload;
  }
}

describe("the credit of a link", () => {
  test("is counted for both directions where a link calls itself", () => {
    const harness = new Harness({ limits: { creditBytesPerLink: 100 * 1024 } });
    const server = provider(harness);
    server.send(open(5, Method.CHAT));
    expect(harness.router.stats).toMatchObject({ callsInFlight: 1, creditBytes: 100 * 1024 });
    expect(server.takeOf(FrameType.OPEN)).toMatchObject([
      { meta: { initialCredit: { kibibytes: 36 } } },
    ]);
  });

  test("is never more than the consumer granted nor than the link's limit, and comes in full in the end", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: "max" }), (steps) => {
        const harness = new Harness({ limits: { creditBytesPerLink: CREDIT_MAX } });
        const server = provider(harness);
        const client = harness.peer();
        const sides = new Map<number, Side>();
        for (let call = 0; call < CALLS; call++) {
          client.send(open(2 * call + 1, Method.CHAT, { flags: Flag.END }));
        }
        hear(server, sides);
        // Not every call may have found room; those that did are numbered in order.
        const calls = [...sides.keys()];
        const check = () => {
          hear(server, sides);
          let unspent = 0;
          for (const { granted, told, sent } of sides.values()) {
            expect(told.messages).toBeLessThanOrEqual(granted.messages);
            expect(told.bytes).toBeLessThanOrEqual(granted.bytes);
            unspent += told.bytes - sent.bytes;
          }
          expect(unspent).toBeLessThanOrEqual(CREDIT_MAX);
          expect(harness.router.stats.creditBytes).toBeLessThanOrEqual(CREDIT_MAX);
        };
        check();
        for (const each of steps) {
          if (each.kind === "stall") client.channel.isStalled = true;
          else if (each.kind === "read") client.unstall();
          else {
            const id = calls[each.call % calls.length] ?? 0;
            const known = sides.get(id) as Side;
            if (each.kind === "grant") {
              const { granted } = known;
              granted.messages += each.messages;
              granted.bytes += each.bytes;
              const stream = 2 * calls.indexOf(id) + 1;
              client.send({ type: FrameType.CREDIT, stream, payload: encodeCredit(granted) });
            } else {
              const { told, sent } = known;
              const bytes = Math.min(each.bytes, told.bytes - sent.bytes);
              if (bytes <= 0 || sent.messages >= told.messages) continue;
              const arg = sent.messages++;
              sent.bytes += bytes;
              server.send({
                type: FrameType.DATA,
                stream: id,
                arg,
                payload: new Uint8Array(bytes),
              });
            }
          }
          check();
        }
        client.unstall();
        // Every call but one ends: what was withheld from that one must come, as far as one link may have.
        const [kept = 0, ...others] = calls;
        for (const stream of others) server.send({ type: FrameType.DATA, flags: Flag.END, stream });
        for (const id of others) sides.delete(id);
        harness.advance(20);
        check();
        const { granted, told, sent } = sides.get(kept) as Side;
        expect(told.messages).toBe(granted.messages);
        expect(told.bytes).toBe(Math.min(granted.bytes, sent.bytes + CREDIT_MAX));
        server.send({ type: FrameType.DATA, flags: Flag.END, stream: kept });
        expect(harness.router.stats).toMatchObject({ callsInFlight: 0, creditBytes: 0 });
      }),
      { numRuns: 150 },
    );
  });
});
