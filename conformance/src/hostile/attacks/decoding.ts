/** What costs the router more to read than it cost to write: payloads that it decodes, inflates or keeps. */
import { connect } from "node:net";
import { deflateSync } from "node:zlib";
import { type Frame, flag, frame, name, preface, text, type, uint } from "../../referee/wire.ts";
import { Enemy, endedWith, welcomed } from "./enemy.ts";

const MIB = 2 ** 20;
/** Room for a frame's other fields. */
const FRAME_BYTES = MIB - 1_024;
const PROTOCOL_ERROR = 0x101;

/** REGISTER with as many methods as a frame has room for, two bytes each, which would be a hundred bytes each in memory. */
async function amplification(port: number) {
  const methods = Buffer.alloc(FRAME_BYTES, Buffer.from([(3 << 3) | 2, 0]));
  const payload = Buffer.concat([text(1, "enemy.Amplified"), methods]);
  const enemies = await welcomed(port, 20);
  let refused = 0;
  await Promise.all(
    enemies.map(async (enemy) => {
      for (let stream = 1; stream <= 9; stream += 2)
        await enemy.send(frame({ type: type.register, stream, payload }));
      await enemy.settled();
      if (enemy.isOver || enemy.count(type.registered) === 5) refused++;
    }),
  );
  return { links: enemies.length, refused };
}

/** Groups inside groups, deeper than any stack: in fields that nobody knows. */
async function deepGroups(port: number) {
  const field = 100;
  const begin = Buffer.from([((field << 3) & 0x7f) | 3 | 0x80, field >> 4]);
  const payload = Buffer.alloc(FRAME_BYTES, begin);
  const enemies = await welcomed(port, 5);
  for (const enemy of enemies)
    await enemy.send(frame({ type: type.subscribe, stream: 1, arg: 1, payload }));
  return { links: enemies.length, ended: await endedWith(enemies, PROTOCOL_ERROR) };
}

const readsZlib = frame({
  type: type.hello,
  payload: Buffer.concat([uint(1, 1), uint(2, 1), text(4, "client"), uint(8, 0), uint(8, 1)]),
  flags: 0,
});
const CLASS_ZLIB = 0x81;

/** Events of a kilobyte that are a megabyte and more once inflated, to a subscriber who must get them plain. */
async function zlibBomb(port: number) {
  const reader = await Enemy.welcomed(port);
  const topic = "enemy.bomb";
  await reader.send(
    frame({ type: type.subscribe, stream: 1, arg: 1_000_000, payload: text(1, topic) }),
  );
  await reader.heard(type.subscribed);
  const bomber = new Enemy(port);
  await bomber.send(preface, readsZlib);
  await bomber.heard(type.welcome);
  const payload = deflateSync(Buffer.alloc(256 * MIB), { level: 9 });
  const bombs = 50;
  let largest = 0;
  reader.onFrame = ({ payload: inflated }: Frame) => {
    largest = Math.max(largest, inflated.length);
  };
  const publish = frame({ type: type.publish, class: CLASS_ZLIB, meta: name(topic), payload });
  for (let at = 0; at < bombs; at++) await bomber.send(publish);
  await bomber.settled();
  await reader.settled();
  return { bombs, tooLarge: largest > 64 * MIB ? 1 : 0, events: reader.count(type.event) };
}

/** Tokens that are numbers: in some engines their hashes follow from the number alone, and many can be made the same. */
async function hashFlood(port: number) {
  const enemy = await Enemy.welcomed(port);
  const keys = 8_000;
  for (let key = 0; key < keys; key++) {
    const payload = text(1, `enemy.${key * 2 ** 16}.${key}`);
    await enemy.send(frame({ type: type.subscribe, stream: 1 + 2 * key, arg: 1, payload }));
  }
  for (let key = 0; key < keys; key++) {
    const meta = name(`enemy.${key * 2 ** 16}.none`);
    await enemy.send(frame({ type: type.publish, meta, payload: Buffer.from("x") }));
  }
  await enemy.settled();
  return { subscribed: enemy.count(type.subscribed), lives: enemy.isOver ? 0 : 1 };
}

/** Lines of JSON that never end, from clients who have not said who they are. */
async function endlessLines(port: number) {
  const links = 100;
  const piece = Buffer.alloc(64 * 1024, "[");
  let ended = 0;
  await Promise.all(
    Array.from({ length: links }, async () => {
      const socket = connect({ port, host: "127.0.0.1" });
      socket.on("error", () => undefined);
      socket.resume();
      const over = new Promise<void>((resolve) => socket.once("close", () => resolve()));
      socket.write('{"t":"HELLO","p":{"client":{"name":"');
      for (let sent = 0; sent < 4 * MIB && !socket.destroyed; sent += piece.length) {
        if (!socket.write(piece))
          await Promise.race([over, new Promise((resolve) => socket.once("drain", resolve))]);
      }
      await over;
      ended++;
    }),
  );
  return { links, ended };
}

/** Fields of any length; the referee's `text` has one byte for it. */
function long(field: number, value: Buffer): Buffer {
  const head: number[] = [(field << 3) | 2];
  let rest = value.length;
  for (; rest > 127; rest >>>= 7) head.push((rest & 127) | 128);
  return Buffer.concat([Buffer.from([...head, rest]), value]);
}

/** Schemas without end: other files under a version that is taken, and new subjects as many as the registry takes. */
async function poison(port: number) {
  const enemy = await Enemy.welcomed(port);
  let refused = 0;
  let answered = () => {};
  enemy.onFrame = ({ type: kind, arg }: Frame) => {
    if (kind !== type.data && kind !== type.status) return;
    if (arg !== 0) refused++;
    answered();
  };
  const filling = "// ".padEnd(40 * 1024, "x");
  let stream = -1;
  const push = async (subject: string, message: string): Promise<void> => {
    stream += 2;
    const source = `syntax = "proto3";\npackage ${subject};\nmessage ${message} {}\n${filling}\n`;
    const path = `${subject}/a.proto`;
    const file = Buffer.concat([text(1, path), long(2, Buffer.from(source))]);
    const schema = Buffer.concat([long(1, file), text(2, path)]);
    const payload = Buffer.concat([text(1, subject), text(2, "1.0.0"), long(3, schema)]);
    const answer = new Promise<void>((resolve) => {
      answered = resolve;
    });
    await enemy.send(
      frame({
        type: type.open,
        stream,
        flags: flag.end | flag.pcrc,
        meta: name("nexus.router.v1.Registry/Push"),
        payload,
      }),
    );
    await Promise.race([answer, enemy.over]);
  };
  await push("enemy", "First");
  const before = refused;
  await push("enemy", "Second");
  const replaced = refused === before ? 1 : 0;
  const pushes = 500;
  for (let at = 0; at < pushes; at++) await push(`enemy${at}`, "Message");
  return { replaced, pushes, lives: enemy.isOver ? 0 : 1 };
}

export const decoding = {
  amplification,
  "deep-groups": deepGroups,
  "zlib-bomb": zlibBomb,
  "hash-flood": hashFlood,
  "endless-lines": endlessLines,
  poison,
};
