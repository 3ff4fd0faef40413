/** Links that never get past the greeting, or fall silent after it. */
import { connect } from "node:net";
import { frame, hello, preface, seal, type } from "../../referee/wire.ts";
import { Enemy, endedWith, welcomed } from "./enemy.ts";

const PACE_MS = 50;

/** One byte at a time, for as long as the router listens. */
async function slowLoris(port: number) {
  const enemies = Array.from({ length: 200 }, () => new Enemy(port));
  const greeting = Buffer.concat([preface, hello]);
  let at = 0;
  const timer = setInterval(() => {
    // It never comes to the end of its greeting.
    const byte = greeting.subarray(at, at + 1);
    at = Math.min(at + 1, greeting.length - 1);
    for (const enemy of enemies) if (!enemy.isOver) enemy.socket.write(byte);
  }, PACE_MS);
  const codes = await Promise.all(enemies.map((enemy) => enemy.over));
  clearInterval(timer);
  return { links: enemies.length, ended: codes.length };
}

/** Says its preface and nothing else, on more links than the router greets at once. */
async function manyUnauthenticated(port: number) {
  const enemies = Array.from({ length: 1_500 }, () => new Enemy(port));
  await Promise.all(enemies.map((enemy) => enemy.send(preface)));
  await Promise.all(enemies.map((enemy) => enemy.over));
  return { links: enemies.length, ended: enemies.length };
}

const upgrade = [
  "GET / HTTP/1.1",
  "Host: 127.0.0.1",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  "Sec-WebSocket-Protocol: nexus.v1.bin",
  "\r\n",
].join("\r\n");

/** WebSocket clients that begin a message of a mebibyte each before they have said who they are. */
async function unauthenticatedMessages(port: number) {
  const links = 200;
  // FIN and binary, masked, a length of 64 bits: 1 MiB, of which one byte never comes.
  const head = Buffer.from("82ff000000000010000000000000", "hex");
  const body = Buffer.alloc(2 ** 20 - 1);
  let ended = 0;
  const overs = Array.from({ length: links }, () => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.on("error", () => undefined);
    socket.write(upgrade);
    socket.once("data", () => socket.write(Buffer.concat([head, body])));
    return new Promise<void>((resolve) =>
      socket.once("close", () => {
        ended++;
        resolve();
      }),
    );
  });
  await Promise.all(overs);
  return { links, ended };
}

function declared(length: number): Buffer {
  const header = Buffer.from(frame({ type: type.publish, payload: Buffer.alloc(0), flags: 0 }));
  header.writeUInt32BE(length, 0);
  return seal(header);
}

/** Declares much and sends little: a gibibyte in the greeting, and the largest frame there is after it. */
async function lengthBomb(port: number) {
  const strangers = Array.from({ length: 50 }, () => new Enemy(port));
  for (const enemy of strangers) await enemy.send(preface, declared(2 ** 30));
  const refused = await endedWith(strangers, 0x102);
  const enemies = await welcomed(port, 300);
  for (const enemy of enemies) await enemy.send(declared(2 ** 20), Buffer.alloc(100));
  return { refused, held: enemies.length };
}

/** Shakes hands and is never heard of again, nor hears anything. */
async function halfOpen(port: number) {
  const enemies = await welcomed(port, 100);
  for (const enemy of enemies) enemy.goDeaf();
  return { links: enemies.length };
}

export const greetings = {
  "slow-loris": slowLoris,
  "many-unauthenticated": manyUnauthenticated,
  "unauthenticated-messages": unauthenticatedMessages,
  "length-bomb": lengthBomb,
  "half-open": halfOpen,
};
