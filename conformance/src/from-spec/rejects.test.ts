import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { flag, type } from "./client.ts";
import { named, useRouter } from "./harness.ts";
import { field, producer, text } from "./payloads.ts";

const { welcomed } = useRouter();

interface Reject {
  readonly name: string;
  readonly hex: string;
  readonly link?: string;
  readonly refusal?: string;
  readonly receiver?: "router" | "client";
}

const vectors = new URL("../../../schema/vectors/rejects.json", import.meta.url);
const { frames } = JSON.parse(readFileSync(vectors, "utf8")) as {
  readonly frames: readonly Reject[];
};
const errors = new URL("../../../schema/errors/errors.json", import.meta.url);
interface Named {
  readonly name: string;
  readonly number: number;
}
const { codes, linkCodes } = JSON.parse(readFileSync(errors, "utf8")) as {
  readonly codes: readonly Named[];
  readonly linkCodes: readonly Named[];
};
const onSubscription = new Set([type.CREDIT, type.EVACK, type.REPLAY] as number[]);

describe("the router ends the link at", () => {
  const rows = frames.filter(({ link, receiver }) => link !== undefined && receiver !== "client");

  it.each(rows)("$name with $link", async ({ hex, link }) => {
    const client = await welcomed();
    const bytes = Buffer.from(hex, "hex");
    // What the frame speaks of is live: a subscription with one delivery.
    if (onSubscription.has(bytes.readUInt8(5))) {
      const id = client.takeId();
      client.send({ type: type.SUBSCRIBE, stream: id, arg: 10, payload: field(1, "spec.reject") });
      await client.next(type.SUBSCRIBED, id);
      client.send({ type: type.PUBLISH, meta: named("spec.reject"), payload: text("a") });
      await client.next(type.EVENT, id);
    }
    client.sendRaw(bytes);
    expect(await client.ended()).toBe(linkCodes.find(({ name }) => name === link)?.number);
  });

  it("an acknowledgement of what was not sent (WIRE-14.34)", async () => {
    const client = await welcomed();
    const id = client.takeId();
    const payload = Buffer.concat([field(1, "spec.unsent"), field(4, 1)]);
    client.send({ type: type.SUBSCRIBE, stream: id, arg: 10, payload });
    client.send({ type: type.EVACK, stream: id, arg: 1, payload: Buffer.from([0]) });
    expect(await client.ended()).toBe(0x101);
  });

  it("a lane that is opened on an ended id, and at no message that comes late (WIRE-14.25)", async () => {
    const client = await welcomed();
    const lane = client.takeId();
    const publish = (flags: number, ...fields: readonly (readonly [number, Buffer])[]) =>
      client.send({
        type: type.PUBLISH,
        class: 0x88,
        flags,
        stream: lane,
        arg: 1,
        meta: [...named("spec.ended"), ...fields],
        payload: text("a"),
      });
    const opens = [0x06, producer(Buffer.alloc(16, 9), 1, 1)] as const;
    publish(flag.END, opens);
    await client.next(type.PUBACK, lane);
    publish(0);
    client.send({ type: type.PING, payload: text("12345678") });
    await client.next(type.PONG);
    publish(0, opens);
    expect(await client.ended()).toBe(0x101);
  });
});

/** What a refusal of a frame of this type is (WIRE-14.2). */
const refusals: ReadonlyMap<number, number> = new Map([
  [type.OPEN, type.STATUS],
  [type.PUBLISH, type.PUBACK],
]);

describe("the router refuses", () => {
  const rows = frames.filter(
    ({ refusal, receiver, hex }) =>
      refusal !== undefined &&
      receiver !== "client" &&
      refusals.has(Buffer.from(hex, "hex").readUInt8(5)),
  );

  it.each(rows)("$name with $refusal", async ({ hex, refusal }) => {
    const client = await welcomed();
    const bytes = Buffer.from(hex, "hex");
    client.sendRaw(bytes);
    const answer = refusals.get(bytes.readUInt8(5)) ?? 0;
    const { arg, payload } = await client.next(answer, bytes.readUInt32BE(12));
    const code = answer === type.PUBACK ? payload.readUInt8(1) : arg;
    expect(code).toBe(codes.find(({ name }) => name === refusal)?.number);
  });
});
