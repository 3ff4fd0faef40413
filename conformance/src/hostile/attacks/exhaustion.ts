/** Tables filled to their limits and beyond: aliases, streams, subscriptions, registrations, and what a topic leads to. */
import { type Frame, flag, frame, name, text, type, uint } from "../../referee/wire.ts";
import { Enemy } from "./enemy.ts";

const message = Buffer.from("x");
const EXHAUSTED = 8;

const subscribe = (stream: number, pattern: string, credit = 1): Buffer =>
  frame({ type: type.subscribe, stream, arg: credit, payload: text(1, pattern) });

/** Counts the answers that say RESOURCE_EXHAUSTED. */
function refusals(enemy: Enemy): { count: number } {
  const refused = { count: 0 };
  enemy.onFrame = ({ type: kind, arg }: Frame) => {
    const isAnswer = [type.status, type.subscribed, type.registered].some((each) => each === kind);
    if (isAnswer && (arg & 0xff) === EXHAUSTED) refused.count++;
  };
  return refused;
}

async function aliases(port: number) {
  const bind = (route: number, topic: string): Buffer =>
    frame({ type: type.alias, route, meta: name(topic) });
  const many = await Enemy.welcomed(port);
  for (let route = 1; route <= 4_096; route++) await many.send(bind(route, `a.${route}`));
  await many.settled();
  const bound = many.isOver ? 0 : 4_096;
  await many.send(bind(4_097, "a.last"));
  const long = await Enemy.welcomed(port);
  for (let route = 1; route <= 1_100; route++)
    await long.send(bind(route, `${route}`.padEnd(250, "x")));
  return { bound, tooMany: await many.over, tooLong: await long.over };
}

/** A service that never answers, and more calls to it than it may have in flight; then an id for the second time. */
async function streams(port: number) {
  const server = await Enemy.welcomed(port);
  const method = Buffer.concat([text(1, "Hang"), uint(2, 1)]);
  const methods = Buffer.concat([Buffer.from([(3 << 3) | 2, method.length]), method]);
  await server.send(
    frame({
      type: type.register,
      stream: 1,
      payload: Buffer.concat([text(1, "enemy.Service"), methods]),
    }),
  );
  await server.heard(type.registered);
  const enemy = await Enemy.welcomed(port);
  const refused = refusals(enemy);
  const opened = 12_000;
  const open = (stream: number): Buffer =>
    frame({
      type: type.open,
      stream,
      flags: flag.end | flag.pcrc,
      meta: name("enemy.Service/Hang"),
      payload: message,
    });
  for (let stream = 1; stream < 2 * opened; stream += 2) await enemy.send(open(stream));
  await enemy.settled();
  const hanging = opened - refused.count;
  await enemy.send(open(1));
  return { opened, hanging, reused: await enemy.over };
}

async function subscriptions(port: number) {
  const enemy = await Enemy.welcomed(port);
  const refused = refusals(enemy);
  const opened = 10_100;
  for (let at = 0; at < opened; at++) {
    await enemy.send(subscribe(1 + 2 * at, `enemy.${at}.*.${"deep.".repeat(12)}>`));
  }
  await enemy.settled();
  return { opened, refused: refused.count, lives: enemy.isOver ? 0 : 1 };
}

async function registrations(port: number) {
  const enemy = await Enemy.welcomed(port);
  const refused = refusals(enemy);
  const opened = 50;
  for (let at = 0; at < opened; at++) {
    const methods = Array.from({ length: 1_000 }, (_, number) => {
      const method = Buffer.concat([text(1, `Method${number}`.padEnd(120, "x")), uint(2, 1)]);
      return Buffer.concat([Buffer.from([(3 << 3) | 2, ...varint(method.length)]), method]);
    });
    const payload = Buffer.concat([text(1, `enemy.Service${at}`), ...methods]);
    await enemy.send(frame({ type: type.register, stream: 1 + 2 * at, payload }));
  }
  await enemy.settled();
  return { opened, refused: refused.count };
}

function varint(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, value >>> 7];
}

/** Wildcards wherever they may stand, and topics of as many tokens as there may be, each leading to thousands of places. */
async function wildcards(port: number) {
  const enemy = await Enemy.welcomed(port);
  const every = 3_000;
  const mixed = 1_000;
  for (let at = 0; at < every; at++) await enemy.send(subscribe(1 + 2 * at, ">"));
  for (let at = 0; at < mixed; at++) {
    const tokens = Array.from({ length: 16 }, (_, place) => `t${place}`);
    // Four of the first twelve places, another choice each time.
    for (let pick = 0; pick < 4; pick++) tokens[3 * pick + (Math.floor(at / 3 ** pick) % 3)] = "*";
    await enemy.send(subscribe(1 + 2 * (every + at), tokens.join(".")));
  }
  const published = 500;
  for (let at = 0; at < published; at++) {
    const tokens = Array.from({ length: 16 }, (_, place) => (place === 15 ? `${at}` : `t${place}`));
    await enemy.send(frame({ type: type.publish, meta: name(tokens.join(".")), payload: message }));
    if (at % 10 === 9) await enemy.settled();
  }
  return { subscribed: enemy.count(type.subscribed), published };
}

export const exhaustion = { aliases, streams, subscriptions, registrations, wildcards };
