/** Frames that are wrong, that do nothing, or that undo each other, as many as the router takes. */
import { flag, frame, name, seal, type } from "../../referee/wire.ts";
import { Enemy, ping } from "./enemy.ts";

/** xorshift32: the same mutations in every run. */
function* numbers(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield state >>> 0;
  }
}

const MALFORMED_FRAMES = 1_000;
const message = Buffer.from("hello");
const open = (stream: number, method: string): Buffer =>
  frame({
    type: type.open,
    stream,
    flags: flag.end | flag.pcrc,
    meta: name(method),
    payload: message,
  });
const getOrder = "orders.v1.OrderService/GetOrder";

const victims: readonly Buffer[] = [
  open(1, "orders.v1.OrderService/None"),
  frame({ type: type.publish, meta: name("enemy.topic"), payload: message }),
  frame({ type: type.alias, route: 1, meta: name("enemy.alias"), arg: 0 }),
  frame({ type: type.goAway, payload: Buffer.alloc(3) }),
];

/** A whole frame with some bytes changed; half of them with a header checksum that fits. */
function mutated(random: Generator<number, never>): Buffer {
  const next = (): number => random.next().value;
  const bytes = Buffer.from(victims[next() % victims.length] ?? ping);
  for (let changes = 1 + (next() % 4); changes > 0; changes--) {
    bytes.writeUInt8(next() & 0xff, next() % bytes.length);
  }
  return next() % 2 === 0 ? seal(bytes) : bytes;
}

async function malformed(port: number) {
  const random = numbers(0x6e657875);
  let sent = 0;
  let ended = 0;
  const lane = async (): Promise<void> => {
    while (sent < MALFORMED_FRAMES) {
      const enemy = await Enemy.welcomed(port);
      let isWhole = true;
      while (!enemy.isOver && isWhole && sent < MALFORMED_FRAMES) {
        sent++;
        const bytes = mutated(random);
        await enemy.send(bytes);
        // What declares more than it has is left alone with that.
        isWhole = 32 + bytes.readUInt32BE(0) <= bytes.length;
        if (isWhole) await enemy.settled();
      }
      if (enemy.isOver) ended++;
      enemy.socket.destroy();
    }
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
  return { sent, ended };
}

/** Opens calls at the honest provider and cancels each at once. */
async function rapidReset(port: number) {
  const reset = async (calls: number): Promise<Enemy> => {
    const enemy = await Enemy.welcomed(port);
    for (let stream = 1; stream < 2 * calls; stream += 2) {
      const cancel = frame({ type: type.cancel, stream, class: 0, arg: 1 });
      await enemy.send(open(stream, getOrder), cancel);
    }
    await enemy.settled();
    return enemy;
  };
  // To cancel what was refused does nothing, and has a budget of its own, which the second link overdraws.
  const enemy = await reset(1_000);
  const refused = enemy.count(type.status);
  const limited = await (await reset(4_000)).over;
  return { refused, lives: enemy.isOver ? 0 : 1, limited };
}

/** The same, but the router is made to cancel them: DATA after END is an error of the call. */
async function madeYouReset(port: number) {
  const enemy = await Enemy.welcomed(port);
  const opened = 4_000;
  let refused = 0;
  enemy.onFrame = (heard) => {
    if (heard.type === type.status && heard.arg === 8) refused++;
  };
  for (let stream = 1; stream < 2 * opened; stream += 2) {
    await enemy.send(
      open(stream, getOrder),
      frame({ type: type.data, stream, flags: flag.pcrc, payload: message }),
    );
  }
  await enemy.settled();
  return { opened, refused, lives: enemy.isOver ? 0 : 1 };
}

/** PING after PING, on ten links. */
async function idleFrames(port: number) {
  const pings = Buffer.concat(Array.from({ length: 3_000 }, () => ping));
  const codes = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const enemy = await Enemy.welcomed(port);
      await enemy.send(pings);
      return await enemy.over;
    }),
  );
  return { links: codes.length, limited: codes.filter((code) => code === 0x10f).length };
}

export const floods = {
  malformed,
  "rapid-reset": rapidReset,
  "made-you-reset": madeYouReset,
  "idle-frames": idleFrames,
};
