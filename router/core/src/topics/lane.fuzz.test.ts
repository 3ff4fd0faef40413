/**
 * Publishers that come, go, take over from one another, resend and leave holes at random, beside a model that knows nothing of
 * frames: every answer is the one that the model gives, and what was held is in the store once, in order.
 */
import { encodeFrame, Flag, FrameType } from "@nexus-bridge/protocol";
import { createMemoryStore } from "@nexus-bridge/router-stores";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Harness, type Peer, text } from "../testing/harness.ts";
import { inWords, onLane } from "../testing/lane-peer.ts";
import type { EventMessage } from "./event.ts";

const RUNS = 150;
const STEPS_MAX = 60;
const PEERS_MAX = 4;
const LANES = 2;
const TOPICS = ["a", "b"];

interface Producer {
  epoch: number;
  last: number;
  peer: number;
  lane: Lane | undefined;
  answers: Map<number, string>;
}

interface Lane {
  readonly stream: number;
  producer: Producer | undefined;
  /** Held and not answered yet: the answer it would get now. */
  owed: string | undefined;
  readonly answers: string[];
  isOver: boolean;
}

interface Publisher {
  readonly number: number;
  readonly peer: Peer;
  readonly lanes: (Lane | undefined)[];
  nextStream: number;
  isGone: boolean;
}

class World {
  readonly store = createMemoryStore<EventMessage>({
    epoch: 1,
    limits: {
      ringMessages: 10_000,
      ringBytes: 1e9,
      ringAgeMs: 1e9,
      retainedValues: 10,
      retainedBytes: 1e6,
    },
  });
  readonly harness = new Harness({ store: this.store });
  readonly producers = new Map<number, Producer>();
  readonly publishers: Publisher[] = [];
  readonly held = new Map(TOPICS.map((topic) => [topic, [] as string[]]));
  #count = 0;

  connect(): void {
    const alive = this.publishers.filter(({ isGone }) => !isGone);
    if (alive.length >= PEERS_MAX) this.kill(0);
    const number = this.publishers.length;
    const peer = this.harness.peer();
    this.publishers.push({ number, peer, lanes: [], nextStream: 1, isGone: false });
  }

  kill(which: number): void {
    const publisher = this.pick(which);
    if (publisher === undefined) return;
    this.compare(publisher);
    publisher.isGone = true;
    publisher.peer.kill();
    for (const lane of publisher.lanes) if (lane !== undefined) end(lane);
  }

  pick(which: number): Publisher | undefined {
    const alive = this.publishers.filter(({ isGone }) => !isGone);
    return alive[which % Math.max(1, alive.length)];
  }

  /** One message in its words; sent with others of the same turn. */
  publish(publisher: Publisher, intent: Intent): Uint8Array {
    const lane = laneFor(publisher, intent);
    const known = lane.producer ?? this.producers.get(intent.producer);
    const sequence = Math.max(1, (known?.last ?? 4) + 1 + intent.ahead);
    const payload = `${this.#count++}`;
    const isNamed = lane.producer === undefined ? intent.isNamed : intent.producer > 7;
    const frame = encodeFrame(
      onLane({
        sequence,
        payload,
        topic: intent.isDenied ? "$x" : intent.topic,
        stream: lane.stream,
        ...(isNamed && { producer: { id: intent.producer, epoch: intent.epoch } }),
        more: { flags: intent.isLast ? Flag.END : 0 },
      }),
    );
    if (intent.isDamaged) frame[frame.length - 1] = 0;
    this.#expect(publisher, lane, { ...intent, isNamed }, sequence, payload);
    if (intent.isLast) {
      settle(lane);
      end(lane);
    }
    return frame;
  }

  #expect(
    publisher: Publisher,
    lane: Lane,
    intent: Intent,
    sequence: number,
    payload: string,
  ): void {
    if (lane.producer === undefined) {
      if (!intent.isNamed) {
        say(lane, `${sequence} invalid`);
        return;
      }
      this.#introduce(publisher, lane, intent, sequence);
    }
    const producer = lane.producer as unknown as Producer;
    if (producer.lane !== lane) say(lane, `${sequence} fenced`);
    else if (sequence > producer.last + 1) say(lane, `${sequence} out of order`);
    else if (sequence <= producer.last) say(lane, again(producer, sequence));
    else this.#take(lane, producer, intent, payload);
  }

  #introduce(publisher: Publisher, lane: Lane, intent: Intent, sequence: number): void {
    const { epoch } = intent;
    const known = this.producers.get(intent.producer);
    const fresh = { epoch, last: sequence - 1, peer: 0, lane: undefined, answers: new Map() };
    const producer: Producer = known ?? fresh;
    this.producers.set(intent.producer, producer);
    lane.producer = producer;
    const isLate = epoch === producer.epoch && publisher.number < producer.peer;
    if (known !== undefined && (epoch < producer.epoch || isLate)) return;
    if (producer.lane !== undefined) {
      settle(producer.lane);
      if (publisher.lanes.includes(producer.lane)) producer.lane.isOver = true;
    }
    if (epoch > producer.epoch) Object.assign(producer, { ...fresh });
    producer.lane = lane;
    producer.peer = publisher.number;
  }

  #take(lane: Lane, producer: Producer, intent: Intent, payload: string): void {
    const sequence = producer.last + 1;
    const isOther = intent.isNamed && this.producers.get(intent.producer) !== producer;
    const refusal = isOther ? "invalid" : intent.isDenied ? "denied" : undefined;
    if (refusal !== undefined) {
      producer.last = sequence;
      producer.answers.set(sequence, refusal);
      say(lane, `${sequence} ${refusal}`);
    } else if (intent.isDamaged) say(lane, `${sequence} data loss`);
    else {
      const messages = this.held.get(intent.topic) ?? [];
      messages.push(payload);
      producer.last = sequence;
      producer.answers.set(sequence, `at ${messages.length}`);
      lane.owed = `${sequence} held at ${messages.length}`;
    }
  }

  /** Ends the turn of `publisher`, and compares. */
  turn(publisher: Publisher, frames: readonly Uint8Array[]): void {
    publisher.peer.raw(...frames);
    for (const { lanes } of this.publishers) {
      for (const lane of lanes) if (lane !== undefined) settle(lane);
    }
    this.compare(publisher);
  }

  compare({ peer, lanes }: Publisher): void {
    const answers = peer.takeOf(FrameType.PUBACK);
    for (const lane of lanes) {
      if (lane === undefined) continue;
      const said = answers.filter(({ stream }) => stream === lane.stream).map(inWords);
      expect(said).toEqual(lane.answers.splice(0));
    }
    const open = lanes.filter((lane) => lane !== undefined && !lane.isOver).length;
    expect(open).toBeLessThanOrEqual(LANES);
  }

  /** What is in the store is what was held. */
  check(): void {
    for (const [topic, messages] of this.held) {
      const log = this.store.find(topic);
      const stored = messages.map((_, at) => {
        const message = log?.at(at + 1)?.message;
        return message === undefined ? "" : text(message.bytes.subarray(0, message.end));
      });
      expect([stored, (log?.next ?? 1) - 1]).toEqual([messages, messages.length]);
    }
    expect(this.harness.router.stats.producers).toBe(this.producers.size);
  }
}

function laneFor(publisher: Publisher, intent: Intent): Lane {
  const known = publisher.lanes[intent.lane];
  if (known !== undefined && !known.isOver) return known;
  const lane: Lane = {
    stream: publisher.nextStream,
    producer: undefined,
    owed: undefined,
    answers: [],
    isOver: false,
  };
  publisher.nextStream += 2;
  // What the one before was answered is still to be compared.
  if (known !== undefined) publisher.lanes.push(known);
  publisher.lanes[intent.lane] = lane;
  return lane;
}

function again(producer: Producer, sequence: number): string {
  const answer = producer.answers.get(sequence) ?? "";
  if (answer.startsWith("at")) return `${sequence} duplicate ${answer}`;
  return answer === "" ? `${sequence} duplicate` : `${sequence} ${answer}`;
}

function settle(lane: Lane): void {
  if (lane.owed !== undefined) lane.answers.push(lane.owed);
  lane.owed = undefined;
}

function say(lane: Lane, answer: string): void {
  settle(lane);
  lane.answers.push(answer);
}

function end(lane: Lane): void {
  lane.isOver = true;
  if (lane.producer?.lane === lane) lane.producer.lane = undefined;
}

interface Intent {
  readonly lane: number;
  readonly producer: number;
  readonly epoch: number;
  readonly ahead: number;
  readonly topic: string;
  readonly isNamed: boolean;
  readonly isDenied: boolean;
  readonly isDamaged: boolean;
  readonly isLast: boolean;
}

const often = (chance: number): fc.Arbitrary<boolean> => fc.nat(99).map((roll) => roll < chance);

const intent: fc.Arbitrary<Intent> = fc.record({
  lane: fc.nat(LANES - 1),
  producer: fc.constantFrom(1, 2, 8, 9),
  epoch: fc.constantFrom(1, 1, 1, 2),
  ahead: fc.constantFrom(0, 0, 0, 0, 0, -1, -2, -5, 1, 3),
  topic: fc.constantFrom(...TOPICS),
  isNamed: often(90),
  isDenied: often(10),
  isDamaged: often(5),
  isLast: often(8),
});

type Step =
  | { readonly kind: "connect" }
  | { readonly kind: "kill"; readonly which: number }
  | { readonly kind: "turn"; readonly which: number; readonly intents: readonly Intent[] };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.constant({ kind: "connect" } as const) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("kill" as const), which: fc.nat(9) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant("turn" as const),
      which: fc.nat(9),
      intents: fc.array(intent, { minLength: 1, maxLength: 8 }),
    }),
  },
);

function run(world: World, each: Step): void {
  switch (each.kind) {
    case "connect":
      world.connect();
      return;
    case "kill":
      world.kill(each.which);
      return;
    case "turn": {
      const publisher = world.pick(each.which);
      if (publisher === undefined) return;
      const frames = each.intents.map((one) => world.publish(publisher, one));
      world.turn(publisher, frames);
    }
  }
}

test("every answer on a lane is the model's, and what is held is stored once and in order", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: STEPS_MAX, size: "max" }), (steps) => {
      const world = new World();
      world.connect();
      for (const each of steps) run(world, each);
      world.check();
    }),
    { numRuns: RUNS },
  );
});
