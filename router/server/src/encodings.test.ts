import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateSync, gzipSync } from "node:zlib";
import { Code, crc32, Flag, FrameType, wire } from "@nexus-bridge/protocol";
import { afterEach, describe, expect, test } from "vitest";
import { inflate } from "./encodings.ts";
import { type RunningRouter, startRouter } from "./start.ts";
import { RawClient } from "./testing/raw-client.ts";

const vectors: { readonly frames: readonly { readonly name: string; readonly hex: string }[] } =
  JSON.parse(readFileSync(new URL("../../../schema/vectors/frames.json", import.meta.url), "utf8"));
const golden = Uint8Array.from(
  Buffer.from(vectors.frames.find(({ name }) => name === "data-zlib")?.hex ?? "", "hex"),
);

const MEBIBYTE = 1_048_576;

const schema = `
  syntax = "proto3";
  package demo.v1;
  import "nexus/options.proto";
  service Echo { rpc Say(Note) returns (Note); }
  message Note {
    option (nexus.topic).name = "demo.notes";
    string text = 1; uint64 big = 2; Note inner = 3; repeated int32 many = 4;
  }
`;

describe("inflating", () => {
  test("reads the golden payload", () => {
    expect(golden[5]).toBe(FrameType.DATA);
    const made = inflate(golden.subarray(32), MEBIBYTE);
    expect(made?.length).toBeGreaterThan(golden.length - 32);
  });

  test("stops at the limit, to the byte", () => {
    const bomb = deflateSync(new Uint8Array(64 * MEBIBYTE));
    expect(bomb.length).toBeLessThan(100_000);
    const before = process.memoryUsage().arrayBuffers;
    expect(inflate(bomb, MEBIBYTE)).toBeUndefined();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * MEBIBYTE);
    const exact = deflateSync(new Uint8Array(1000));
    expect(inflate(exact, 1000)?.length).toBe(1000);
    expect(inflate(exact, 999)).toBeUndefined();
  });

  test.each([
    ["gzip", gzipSync("x")],
    ["cut off", deflateSync("hello hello hello").subarray(0, 10)],
    ["followed by more", Buffer.concat([deflateSync("x"), Buffer.from([0])])],
    ["nothing", Buffer.alloc(0)],
    ["noise", Buffer.from("this is no zlib")],
  ])("refuses what is no zlib: %s", (_what, bytes) => {
    expect(() => inflate(bytes, MEBIBYTE)).toThrow();
  });
});

describe("a router process", () => {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  async function dial(router: RunningRouter, hello?: wire.HelloInit): Promise<RawClient> {
    const client = await RawClient.dial(router.addresses[0] ?? "", hello);
    closing.push(() => client.close());
    return client;
  }

  test("inflates for who has no zlib, and leaves alone for who has", async () => {
    const router = await startRouter({ listen: ["tcp://127.0.0.1:0"] });
    closing.push(() => router.close());
    const text = "a message that is worth its compression ".repeat(50);
    const payload = deflateSync(text);
    for (const codecs of [[0], [0, 1]]) {
      const service = `demo.Echo${codecs.length}`;
      const server = await dial(router, { codecs });
      const methods = [{ name: "Say", kind: 1 }];
      const register = wire.Register.encode({ service, methods });
      server.send({ type: FrameType.REGISTER, stream: 1, payload: register });
      await server.next(FrameType.REGISTERED);
      const client = await dial(router, { codecs: [0, 1] });
      client.send({
        type: FrameType.OPEN,
        flags: Flag.END,
        class: 0x81,
        stream: 1,
        meta: { name: `${service}/Say` },
        payload,
      });
      const got = await server.next(FrameType.OPEN);
      expect(got.class).toBe(codecs.length === 1 ? 0x80 : 0x81);
      expect(crc32(got.payload, 0, got.payload.length)).toBe(got.payloadCrc);
      const plain = codecs.length === 1 ? got.payload : inflate(got.payload, MEBIBYTE);
      expect(new TextDecoder().decode(plain)).toBe(text);
    }
  });

  test("translates JSON by the schema it was started with, within bounds", async () => {
    const folder = mkdtempSync(join(tmpdir(), "nexus-json-"));
    closing.push(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "demo.proto");
    writeFileSync(file, schema);
    const router = await startRouter({ listen: ["tcp://127.0.0.1:0"], schemas: [file] });
    closing.push(() => router.close());
    const server = await dial(router);
    const register = wire.Register.encode({
      service: "demo.v1.Echo",
      methods: [{ name: "Say", kind: 1 }],
    });
    server.send({ type: FrameType.REGISTER, stream: 1, payload: register });
    await server.next(FrameType.REGISTERED);
    const client = await dial(router, { capabilities: ["json"] });
    const call = (stream: number, json: string) =>
      client.send({
        type: FrameType.OPEN,
        flags: Flag.END | Flag.JSON,
        stream,
        meta: { name: "demo.v1.Echo/Say" },
        payload: new TextEncoder().encode(json),
      });
    call(1, '{"text":"hi","big":18446744073709551615}');
    const { payload, flags } = await server.next(FrameType.OPEN);
    expect(flags & Flag.JSON).toBe(0);
    expect(Buffer.from(payload).toString("hex")).toBe("0a02686910ffffffffffffffffff01");
    const bad = ['{"text":1}', `{"inner":${'{"inner":'.repeat(300)}{}${"}".repeat(301)}`, "["];
    for (const [at, json] of bad.entries()) {
      call(3 + 2 * at, json);
      expect((await client.next(FrameType.STATUS)).arg).toBe(Code.INVALID_ARGUMENT);
    }
    client.send({
      type: FrameType.PUBLISH,
      flags: Flag.RETAIN | Flag.JSON,
      meta: { name: "demo.notes" },
      payload: new TextEncoder().encode(`{"many":[${"0,".repeat(100_001)}0]}`),
    });
    const refusal = await client.next(FrameType.PUBACK);
    expect(refusal.payload[1]).toBe(Code.INVALID_ARGUMENT);
  });

  test("refuses a bomb before anything ran", async () => {
    const router = await startRouter({ listen: ["tcp://127.0.0.1:0"] });
    closing.push(() => router.close());
    const server = await dial(router);
    const register = wire.Register.encode({
      service: "demo.Echo",
      methods: [{ name: "Say", kind: 1 }],
    });
    server.send({ type: FrameType.REGISTER, stream: 1, payload: register });
    await server.next(FrameType.REGISTERED);
    const client = await dial(router, { codecs: [0, 1] });
    client.send({
      type: FrameType.OPEN,
      flags: Flag.END,
      class: 0x81,
      stream: 1,
      meta: { name: "demo.Echo/Say" },
      payload: deflateSync(new Uint8Array(32 * MEBIBYTE)),
    });
    const status = await client.next(FrameType.STATUS);
    expect(status.arg).toBe(Code.UNIMPLEMENTED);
    expect(status.flags & Flag.NOEXEC).toBe(Flag.NOEXEC);
  });
});
