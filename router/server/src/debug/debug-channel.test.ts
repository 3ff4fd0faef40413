import { once } from "node:events";
import { connect } from "node:net";
import { Code, encodeFrame, Flag, FrameType, LinkCode, limits, wire } from "@nexus-bridge/protocol";
import { Router } from "@nexus-bridge/router-core";
import { memoryPair } from "@nexus-bridge/transports";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type RouterOptions, type RunningRouter, startRouter } from "../start.ts";
import { makeCertificateFolder } from "../testing/certificates.ts";
import { LineClient } from "../testing/line-client.ts";
import { RawClient } from "../testing/raw-client.ts";
import { debugChannel } from "./debug-channel.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function start(options: RouterOptions = {}): Promise<RunningRouter> {
  const router = await startRouter({ listen: ["tcp://127.0.0.1:0"], ...options });
  closing.push(() => router.close());
  return router;
}

async function lines(router: RunningRouter): Promise<LineClient> {
  const client = await LineClient.dial(router.addresses[0] ?? "");
  closing.push(() => client.socket.destroy());
  client.say({ t: "HELLO" });
  await client.frame("WELCOME");
  return client;
}

/** A peer of binary frames that serves demo.Echo. */
async function provider(router: RunningRouter): Promise<RawClient> {
  const peer = await RawClient.dial(router.addresses[0] ?? "");
  closing.push(() => peer.close());
  const methods = [
    { name: "Say", kind: 1 },
    { name: "Chat", kind: 4 },
  ];
  const payload = wire.Register.encode({ service: "demo.Echo", methods });
  peer.send({ type: FrameType.REGISTER, stream: 1, payload });
  await peer.next(FrameType.REGISTERED);
  return peer;
}

const call = (s: number, more: object = {}) => ({
  t: "OPEN",
  s,
  r: "demo.Echo/Say",
  f: ["END"],
  b64: "aGk=",
  ...more,
});

/** One message of `sizes` bytes a fragment, as frames of the provider. */
function message(stream: number, sizes: readonly number[], end: boolean): Uint8Array[] {
  let crcBefore = 0;
  return sizes.map((size, at) => {
    const isLast = at === sizes.length - 1;
    const flags = isLast ? (end ? Flag.END : 0) : Flag.MORE;
    const payload = new Uint8Array(size).fill(at + 1);
    const frame = encodeFrame({ type: FrameType.DATA, flags, stream, payload, crcBefore });
    crcBefore = new DataView(frame.buffer).getUint32(24);
    return frame;
  });
}

describe("a call in lines", () => {
  test("gets an answer in fragments as one message", async () => {
    const router = await start();
    const [server, client] = [await provider(router), await lines(router)];
    client.say(call(1));
    const { stream } = await server.next(FrameType.OPEN);
    for (const frame of message(stream, [200_000, 200_000, 7], true)) server.raw(frame);
    const data = await client.frame("DATA");
    expect(data).toMatchObject({ s: 1, f: ["END"] });
    const payload = Buffer.from(String(data.b64), "base64");
    expect([payload.length, payload[0], payload.at(-1)]).toEqual([400_007, 1, 3]);
  });

  test("is cancelled when an answer is too long for a line", async () => {
    const router = await start();
    const [server, client] = [await provider(router), await lines(router)];
    client.say(call(1));
    const { stream } = await server.next(FrameType.OPEN);
    const sizes = new Array<number>(5).fill(256 * 1024);
    const fragments = message(stream, sizes, false);
    for (const frame of fragments.slice(0, 4)) server.raw(frame);
    await server.next(FrameType.CREDIT);
    server.raw(fragments[4] ?? new Uint8Array(0));
    expect(await client.frame("CANCEL")).toMatchObject({ s: 1, a: 0x1008 });
    expect((await server.next(FrameType.CANCEL)).arg).toBe(0x1008);
    client.say(call(3));
    expect((await server.next(FrameType.OPEN)).stream).toBe(stream + 2);
  });

  test("has byte credit for as long as the reader reads", async () => {
    const router = await start();
    const [server, client] = [await provider(router), await lines(router)];
    client.say(call(1, { r: "demo.Echo/Chat", m: undefined }));
    const { stream } = await server.next(FrameType.OPEN);
    for (let at = 0; at < 4; at++) {
      const payload = new Uint8Array(250_000);
      server.send({ type: FrameType.DATA, stream, arg: at, payload });
      await client.frame("DATA");
    }
    const { payload } = await server.next(FrameType.CREDIT);
    const view = new DataView(payload.buffer, payload.byteOffset);
    expect(view.getUint32(12)).toBeGreaterThan(1_048_576);
  });

  test("leaves all credit to who names it", async () => {
    const router = await start();
    const [server, client] = [await provider(router), await lines(router)];
    const initialCredit = { messages: 1, kibibytes: 4 };
    client.say(call(1, { r: "demo.Echo/Chat", m: { initialCredit } }));
    const { stream } = await server.next(FrameType.OPEN);
    server.send({ type: FrameType.DATA, stream, payload: new Uint8Array(4096) });
    await client.frame("DATA");
    client.say({ t: "CREDIT", s: 1, p: { messages: "9", bytes: "5000" } });
    const { payload } = await server.next(FrameType.CREDIT);
    expect(new DataView(payload.buffer, payload.byteOffset).getUint32(12)).toBe(5000);
  });

  test("may not be larger than a fragment", async () => {
    const client = await lines(await start());
    client.say(call(1, { b64: "A".repeat(4 * 100_000) }));
    const { p } = await client.frame("ERROR");
    expect(p).toMatchObject({ message: expect.stringContaining("at most 262144 bytes") });
    client.say(call(1));
    expect(await client.frame("STATUS")).toMatchObject({ s: 1, a: Code.UNAVAILABLE });
  });

  test("is answered after the end of the input", async () => {
    const router = await start();
    const [server, client] = [await provider(router), await lines(router)];
    client.say(call(1));
    client.socket.end();
    const { stream } = await server.next(FrameType.OPEN);
    server.send({ type: FrameType.DATA, flags: Flag.END, stream, payload: new Uint8Array(3) });
    expect(await client.next()).toBe('{"t":"DATA","s":1,"f":["END"],"b64":"AAAA"}');
    expect(await client.closed()).toEqual([]);
  });

  test("ends at once with the input where nothing is asked for", async () => {
    const client = await lines(await start());
    client.socket.end();
    expect(await client.closed()).toEqual([]);
  });
});

describe("the router's own services", () => {
  test("answer a line as they answer everybody", async () => {
    const client = await lines(await start());
    client.say(call(1, { r: "grpc.health.v1.Health/Check", b64: undefined, p: {} }));
    expect(await client.frame("DATA")).toEqual({
      t: "DATA",
      s: 1,
      f: ["END"],
      p: { status: "SERVING" },
    });
  });
});

describe("lines that cannot be read", () => {
  test("are counted, and too many end the link", async () => {
    const client = await lines(await start());
    for (let at = 0; at < limits.jsonFaultsPerLink + 5; at++) client.say("what?");
    const answers = (await client.closed()).map((line) => JSON.parse(line));
    expect(answers.length).toBe(limits.jsonFaultsPerLink + 1);
    expect(answers[0]).toMatchObject({ t: "ERROR", line: 2, column: 1, left: 99 });
    expect(answers.at(-1)).toMatchObject({ t: "ERROR", a: LinkCode.RATE_LIMITED });
  });

  test("are those that are no UTF-8", async () => {
    const client = await lines(await start());
    client.socket.write(Uint8Array.of(0x7b, 0xff, 0x7d, 0x0a));
    const { p } = await client.frame("ERROR");
    expect(p).toEqual({ message: "the line is not UTF-8" });
  });

  test("end the link when they do not end", async () => {
    const client = await lines(await start());
    client.socket.write("x".repeat(limits.jsonLineBytes + 1));
    expect(await client.frame("ERROR")).toMatchObject({ a: LinkCode.FRAME_TOO_LARGE });
    expect(await client.closed()).toEqual([]);
  });

  test("are short before WELCOME", async () => {
    const client = await LineClient.dial((await start()).addresses[0] ?? "");
    client.socket.write(`{${" ".repeat(2 * limits.frameBytesBeforeWelcome)}`);
    expect(await client.frame("ERROR")).toMatchObject({ a: LinkCode.FRAME_TOO_LARGE });
  });

  test("may be empty, or come in pieces", async () => {
    const client = await lines(await start());
    client.socket.write('\n\r\n  \n{"t":"PI');
    await new Promise((resolve) => client.socket.write('NG","p":{"echo":"AAAA', resolve));
    client.socket.write('AAAAAAE="}}\r\n');
    expect(await client.frame("PONG")).toEqual({ t: "PONG", p: { echo: "AAAAAAAAAAE=" } });
  });

  test("cost no more than the link where the router judges them", async () => {
    const client = await lines(await start());
    client.say({ t: "DATA", s: 99 });
    expect(await client.frame("ERROR")).toMatchObject({ a: LinkCode.PROTOCOL_ERROR });
    expect(await client.closed()).toEqual([]);
  });

  test("are all before HELLO", async () => {
    const client = await LineClient.dial((await start()).addresses[0] ?? "");
    client.say({ t: "PING" });
    const error = await client.frame("ERROR");
    expect(error).toMatchObject({ a: LinkCode.PROTOCOL_ERROR });
    expect(error.p).toMatchObject({ message: "the first frame is PING, not HELLO" });
  });
});

describe("a link of lines", () => {
  test("lives on without a word from its reader", () => {
    let now = 0;
    const flushes: (() => void)[] = [];
    const router: Router = new Router({
      now: () => now,
      wallMicros: () => 0,
      random: () => 0.5,
      requestFlush: () => flushes.push(() => router.flush()),
      onEvent: (event) => {
        if (event.kind === "linkClosed") throw new Error(event.message);
      },
    });
    const [near, far] = memoryPair();
    router.attach(debugChannel(near, undefined));
    const got: string[] = [];
    far.start({
      data: (bytes) => got.push(new TextDecoder().decode(bytes)),
      ended: () => undefined,
      closed: () => undefined,
    });
    far.write(new TextEncoder().encode('{"t":"HELLO"}\n'));
    const turn = async () => {
      for (let round = 0; round < 4; round++) {
        for (const flush of flushes.splice(0)) flush();
        await Promise.resolve();
      }
    };
    return (async () => {
      await turn();
      for (; now < 120_000; now += 500) {
        router.tick();
        await turn();
      }
      expect(router.linkCount).toBe(1);
      expect(got.join("")).toMatch(/^\{"t":"WELCOME".*\n$/);
    })();
  });

  test("is read no faster than its pace", async () => {
    vi.useFakeTimers();
    try {
      const [near, far] = memoryPair();
      const channel = debugChannel(near, undefined, 1000);
      let pings = 0;
      channel.start({
        data: (bytes) => {
          if (bytes[5] === FrameType.PING) pings++;
        },
        ended: () => undefined,
        closed: () => undefined,
      });
      const line = new TextEncoder().encode('{"t":"PING"}\n'.padStart(250));
      for (let at = 0; at < 10; at++) far.write(line);
      // A second's share at once, and one line more; then each when it is paid for.
      await vi.advanceTimersByTimeAsync(0);
      expect(pings).toBe(5);
      await vi.advanceTimersByTimeAsync(249);
      expect(pings).toBe(5);
      await vi.advanceTimersByTimeAsync(2);
      expect(pings).toBe(6);
      await vi.advanceTimersByTimeAsync(1100);
      expect(pings).toBe(10);
    } finally {
      vi.useRealTimers();
    }
  });

  test("works over a Unix socket", async () => {
    const router = await start({ listen: [`unix:///tmp/nexus-lines-${process.pid}.sock`] });
    const client = await lines(router);
    client.say({ t: "PING" });
    await client.frame("PONG");
  });

  test("works over a WebSocket, a line in each text message", async () => {
    const router = await start();
    const { host } = new URL(router.addresses[0] ?? "");
    const socket = new WebSocket(`ws://${host}/`, "nexus.v1.json");
    closing.push(() => socket.close());
    await once(socket, "open");
    const got: string[] = [];
    const arrived = Promise.withResolvers<void>();
    socket.addEventListener("message", ({ data }) => {
      got.push(String(data));
      if (got.length === 3) arrived.resolve();
    });
    socket.send('{"t":\n"HELLO"}');
    socket.send('{"t":"PING"}');
    socket.send("{");
    await arrived.promise;
    expect(got.map((line) => JSON.parse(line).t).toSorted()).toEqual(["ERROR", "PONG", "WELCOME"]);
    expect(got.join()).not.toContain("\n");
  });
});

describe("lines are not spoken", () => {
  async function answer(address: string): Promise<string> {
    const { port, hostname } = new URL(address);
    const socket = connect(Number(port), hostname);
    socket.on("error", () => undefined);
    let text = "";
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString();
    });
    socket.write('{"t":"HELLO"}\n');
    await once(socket, "close");
    return text;
  }

  test("where they are turned off", async () => {
    const router = await start({ jsonLines: false });
    expect(await answer(router.addresses[0] ?? "")).toBe("");
  });

  test("beside TLS, even where plain links are allowed", async () => {
    const folder = await makeCertificateFolder();
    closing.push(() => folder.remove());
    const files = { cert: folder.path("router.pem"), key: folder.path("router.key") };
    const tls = { ...files, allowPlaintext: true };
    const router = await start({ tls });
    expect(await answer((router.addresses[0] ?? "").replace("tls:", "tcp:"))).toBe("");
  });
});
