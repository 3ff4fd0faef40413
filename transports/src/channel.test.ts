import { afterEach, describe, expect, it } from "vitest";
import { type Pair, transports } from "./testing/pairs.ts";
import { utf8 } from "./testing/recorder.ts";

const MEBIBYTE = 1024 * 1024;
/** Far above what any transport takes in without its peer reading. */
const FLOOD_WRITES_MAX = 4096;

const opened: Pair[] = [];
afterEach(async () => {
  for (const pair of opened.splice(0)) await pair.close();
});

describe.each(transports)("a channel over $name", (transport) => {
  const open = async (): Promise<Pair> => {
    const pair = await transport.open();
    opened.push(pair);
    return pair;
  };

  it("carries bytes both ways", async () => {
    const { client, server } = await open();
    client.channel.write(utf8("question"));
    await server.received(8);
    server.channel.write(utf8("answer"));
    await client.received(6);
    expect([server.text, client.text]).toEqual(["question", "answer"]);
  });

  it("keeps many small writes in order", async () => {
    const { client, server } = await open();
    const words = Array.from({ length: 2000 }, (_, at) => `${at},`);
    for (const word of words) client.channel.write(utf8(word));
    const expected = words.join("");
    await server.received(expected.length);
    expect(server.text).toBe(expected);
  });

  it("moves megabytes both ways at once and gives every buffer back once", async () => {
    const { client, server } = await open();
    const chunk = Uint8Array.from({ length: 64 * 1024 }, (_, at) => (at * 31) % 251);
    const chunks = (8 * MEBIBYTE) / chunk.length;
    const returned = { client: 0, server: 0 };
    for (let at = 0; at < chunks; at++) {
      client.channel.write(chunk, () => returned.client++);
      server.channel.write(chunk, () => returned.server++);
    }
    await Promise.all([client.received(8 * MEBIBYTE), server.received(8 * MEBIBYTE)]);
    const whole = new Uint8Array(8 * MEBIBYTE);
    for (let at = 0; at < chunks; at++) whole.set(chunk, at * chunk.length);
    expect(Buffer.compare(client.bytes, whole)).toBe(0);
    expect(Buffer.compare(server.bytes, whole)).toBe(0);
    await expect.poll(() => returned).toEqual({ client: chunks, server: chunks });
  });

  it("says that the peer is slow, and delivers everything once it reads again", async () => {
    const { client, server } = await open();
    server.channel.pause();
    const chunk = new Uint8Array(64 * 1024).fill(7);
    let writes = 0;
    let returned = 0;
    let fast = true;
    // The kernel's buffers come first: only when they are full does the channel slow down for good.
    while (fast && writes < FLOOD_WRITES_MAX) {
      fast = client.channel.write(chunk, () => returned++);
      writes++;
      if (fast) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(fast).toBe(false);
    expect(returned).toBeLessThan(writes);
    server.channel.resume();
    await server.received(writes * chunk.length);
    await expect.poll(() => returned).toBe(writes);
  });

  it("tells both sides of an orderly end, once", async () => {
    const { client, server } = await open();
    client.channel.write(utf8("last words"));
    client.channel.end();
    await server.happened("ended");
    expect(server.text).toBe("last words");
    server.channel.end();
    await Promise.all([client.happened("closed"), server.happened("closed")]);
    expect(client.told).toEqual(["ended", "closed"]);
    expect(server.told).toEqual(["ended", "closed"]);
    expect([client.cause, server.cause]).toEqual([undefined, undefined]);
  });

  // WebSocket has no half-close: its close handshake ends both directions.
  if (transport.halfClose) {
    it("can still answer a peer that has ended", async () => {
      const { client, server } = await open();
      client.channel.end();
      await server.happened("ended");
      server.channel.write(utf8("goodbye"));
      server.channel.end();
      await client.happened("closed");
      expect(client.text).toBe("goodbye");
    });
  }

  it("closes at once when destroyed, and gives back what had not left", async () => {
    const { client, server } = await open();
    server.channel.pause();
    const chunk = new Uint8Array(MEBIBYTE);
    const buffers = 32;
    let returned = 0;
    for (let at = 0; at < buffers; at++) client.channel.write(chunk, () => returned++);
    client.channel.destroy(new Error("enough"));
    await client.happened("closed");
    expect(client.cause?.message).toBe("enough");
    await expect.poll(() => returned).toBe(buffers);
    server.channel.resume();
    // The peer may see an end or a reset: that is the transport's.
    await server.until(() => server.told.length > 0);
    server.channel.end();
    await server.happened("closed");
    expect(server.told.filter((what) => what === "closed")).toHaveLength(1);
  });

  it("gives a buffer back that is written after the end", async () => {
    const { client } = await open();
    client.channel.end();
    await new Promise<void>((resolve) => client.channel.write(utf8("late"), resolve));
    client.channel.destroy();
    await client.happened("closed");
    await new Promise<void>((resolve) => client.channel.write(utf8("later"), resolve));
  });

  it("is started once", async () => {
    const { client } = await open();
    expect(() => client.channel.start(client)).toThrow("once");
  });
});
