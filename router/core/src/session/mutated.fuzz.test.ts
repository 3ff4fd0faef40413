/**
 * Frames of every type with some bytes changed, most under checksums that fit, sent into open sessions. Whatever they become, the
 * router neither fails nor forgets its other links, and in the end keeps nothing of those that sent them.
 */
import {
  crc32,
  encodeCredit,
  encodeFrame,
  Flag,
  type FrameInit,
  FrameType,
  frameClass,
  HEADER_BYTES,
  metaLengthAt,
  Offset,
  sealHeader,
  setPayloadCrc,
  streamAt,
  wire,
} from "@nexus-bridge/protocol";
import { expect, test } from "vitest";
import { campaign } from "../testing/campaign.ts";
import { bind, Method, methods, provider, SERVICE } from "../testing/demo.ts";
import { Harness, type Peer } from "../testing/harness.ts";

const ROUNDS = 100_000;
const FRAMES_PER_PEER = 64;
const CHECK_EVERY = 5_000;
/** More events than a campaign has checks. */
const CONTROL_CREDIT = 1_000_000;
const CHANGES_MAX = 4;
/** Longer than any deadline, heartbeat or grace of what the frames may have begun. */
const SETTLED_MS = 600_000;

const message = new Uint8Array(8).fill(7);
const producer = { id: new Uint8Array(16).fill(1), epoch: 1, sequence: 1 };
const victims: readonly FrameInit[] = [
  { type: FrameType.HELLO, payload: wire.Hello.encode({ wireMin: 1, wireMax: 1 }) },
  { type: FrameType.PING, payload: message },
  { type: FrameType.PONG, payload: message },
  { type: FrameType.GOAWAY, payload: wire.GoAway.encode({}) },
  { type: FrameType.ERROR, payload: wire.Status.encode({ message: "no" }) },
  bind(1, Method.SAY),
  bind(2, "fuzz.topic"),
  { type: FrameType.ALIAS, route: 1, arg: 1 },
  { type: FrameType.CLOSE },
  { type: FrameType.OPEN, stream: 1, flags: Flag.END, route: 1, arg: 500, payload: message },
  { type: FrameType.OPEN, stream: 3, meta: { name: Method.CHAT } },
  { type: FrameType.DATA, stream: 3, payload: message },
  { type: FrameType.DATA, stream: 3, flags: Flag.MORE, payload: message },
  { type: FrameType.DATA, stream: 2, flags: Flag.END, payload: message },
  { type: FrameType.HEADERS, stream: 2, meta: { user: [] } },
  { type: FrameType.STATUS, stream: 2, payload: wire.Status.encode({ message: "done" }) },
  { type: FrameType.CANCEL, stream: 3, arg: 1 },
  { type: FrameType.CREDIT, stream: 3, payload: encodeCredit({ messages: 64, bytes: 1e6 }) },
  {
    type: FrameType.SUBSCRIBE,
    stream: 5,
    arg: 16,
    payload: wire.Subscribe.encode({ pattern: "fuzz.*" }),
  },
  { type: FrameType.UNSUBSCRIBE, stream: 5 },
  { type: FrameType.PUBLISH, route: 2, payload: message },
  { type: FrameType.PUBLISH, meta: { name: "fuzz.other", ttlMs: 100 }, payload: message },
  {
    type: FrameType.PUBLISH,
    stream: 7,
    class: frameClass(4, 1),
    meta: { name: "fuzz.lane", producer },
    payload: message,
  },
  { type: FrameType.EVACK, stream: 5, payload: new Uint8Array(12) },
  { type: FrameType.REPLAY, stream: 9, payload: message },
  {
    type: FrameType.REGISTER,
    stream: 11,
    payload: wire.Register.encode({ service: SERVICE, methods }),
  },
  { type: FrameType.UNREGISTER, stream: 11 },
];
const frames = victims.map(encodeFrame);
/** They end the link: most of the time another frame is taken. */
const isEnding = (type: number): boolean =>
  [FrameType.HELLO, FrameType.GOAWAY, FrameType.ERROR, FrameType.CLOSE].some((end) => end === type);
const isOpening = (type: number): boolean =>
  [FrameType.OPEN, FrameType.SUBSCRIBE, FrameType.REGISTER, FrameType.REPLAY].some(
    (opens) => opens === type,
  );

const { rounds, seed, timeoutMs, next } = campaign(ROUNDS);

test(
  "frames with changed bytes end what they belong to and nothing else",
  () => {
    const harness = new Harness({ limits: { idleControlPerSecond: 1_000_000 } });
    const listener = harness.peer().subscribe(1, "control.>", {}, CONTROL_CREDIT);
    const speaker = harness.peer();
    const honest = provider(harness);
    listener.take();
    let enemies: Peer[] = [];
    let sent = 0;
    for (let round = 0; round < rounds; round++) {
      if (round % FRAMES_PER_PEER === 0) {
        for (const enemy of enemies) enemy.kill();
        enemies = [harness.peer(), harness.peer()];
      }
      const at = next(enemies.length);
      const enemy = enemies[at] as Peer;
      enemy.raw(mutated(1 + 2 * (round % FRAMES_PER_PEER)));
      sent++;
      enemy.take();
      honest.take();
      if (isOver(enemy)) enemies[at] = harness.peer();
      if (round % CHECK_EVERY === 0) {
        harness.advance(50);
        harness.events.length = 0;
        speaker.send({ type: FrameType.PUBLISH, meta: { name: "control.beat" }, payload: message });
        const heard = listener.takeOf(FrameType.EVENT);
        expect(heard, `seed ${seed}, round ${round}`).toHaveLength(1);
        // Whoever is silent for three heartbeats is gone.
        for (const peer of [speaker, listener, honest]) {
          peer.send({ type: FrameType.PING, payload: message });
          expect(peer.takeOf(FrameType.PONG)).toHaveLength(1);
        }
      }
    }
    expect(sent).toBe(rounds);
    // Much of it must have been taken for what it looks like, or nothing was shown.
    const { calls, callsRefused, published } = harness.router.stats;
    expect([calls, callsRefused, published].every((count) => count > rounds / 500)).toBe(true);
    for (const enemy of enemies) enemy.kill();
    for (const peer of [listener, speaker, honest]) peer.kill();
    harness.advance(SETTLED_MS);
    expect(harness.router.stats, `seed ${seed}`).toMatchObject({
      links: 0,
      callsInFlight: 0,
      services: 0,
      queuedBytes: 0,
      creditBytes: 0,
      slabBytes: 0,
    });
  },
  timeoutMs,
);

const typeAt = (bytes: Uint8Array): number => bytes[5] as number;

/** What is about a stream is about a new one, or one of the last few. */
function addressTo(bytes: Uint8Array, id: number): void {
  const view = new DataView(bytes.buffer);
  if (streamAt(view, 0) % 2 === 1) view.setUint32(Offset.stream, Math.max(1, id));
}

const isOver = ({ channel }: Peer): boolean => channel.isEnded || channel.isDestroyed;

/** One of the frames, changed; its checksums are right again more often than not, for else nothing behind them is reached. */
function mutated(id: number): Uint8Array {
  const bytes = (frames[next(frames.length)] as Uint8Array).slice();
  const type = typeAt(bytes);
  if (isEnding(type) && next(8) > 0) return mutated(id);
  addressTo(bytes, isOpening(type) ? id : id - 2 * next(4));
  for (let changes = 1 + next(CHANGES_MAX); changes > 0; changes--) {
    bytes[next(bytes.length)] = next(256);
  }
  const view = new DataView(bytes.buffer);
  // A length that is wrong reaches nothing but the decoder, which has a fuzzer of its own.
  if (next(8) > 0) view.setUint32(0, bytes.length - HEADER_BYTES);
  const meta = Math.min(metaLengthAt(view, 0), bytes.length - HEADER_BYTES);
  if (meta >= 4 && next(4) > 0) {
    const end = HEADER_BYTES + meta - 4;
    view.setUint32(end, crc32(bytes, HEADER_BYTES, end));
  }
  const flagged = (view.getUint16(6) & Flag.PCRC) !== 0;
  if (flagged && next(4) > 0) setPayloadCrc(view, 0, crc32(bytes, HEADER_BYTES + meta));
  if (next(16) > 0) sealHeader(bytes, view, 0);
  return bytes;
}
