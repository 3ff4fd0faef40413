import type { Writer } from "@nexus-bridge/codec";
import { Health, Monitor, Registry } from "@nexus-bridge/router-registry";
import { compile } from "@nexus-bridge/schema";
import { decodeToJson, encodeJson } from "@nexus-bridge/schema-dynamic";
import { type Link, openLink } from "@nexus-bridge/sdk";
import { topic } from "@nexus-bridge/sdk/gen1";
import { dialTcp } from "@nexus-bridge/transports";
import { afterEach, describe, expect, it } from "vitest";
import { type RunningRouter, startRouter } from "../start.ts";
import { maskPii } from "./mask.ts";

const path = "people.proto";
const text = `syntax = "proto3";
package people.v1;
import "nexus/options.proto";
import "google/protobuf/any.proto";
message Person {
  option (nexus.topic).name = "people.{id}.seen";
  string id = 1;
  string email = 2 [(nexus.field).pii = true];
  repeated Person friends = 3;
  map<string, Person> family = 4;
  google.protobuf.Any extra = 5;
}
`;
const { model } = compile([{ path, text }], { inputs: [path] });
const person = model?.messages.get("people.v1.Person");
if (person === undefined) throw new Error("the schema has problems");

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function start(): Promise<RunningRouter> {
  const router = await startRouter({ listen: ["tcp://127.0.0.1:0"] });
  open.push(router);
  return router;
}

async function dial(router: RunningRouter): Promise<Link> {
  const link = await openLink(router.addresses[0] ?? "", { "tcp:": dialTcp }, {});
  open.push(link);
  return link;
}

const anna = { id: "a", email: "a@example", friends: [{ id: "b", email: "b@example" }] };
const bytes = encodeJson(person, anna);
const message = {
  typeName: person.fullName,
  fingerprint: person.fingerprint,
  create: () => bytes,
  encode: () => bytes,
  decode: (given: Uint8Array) => given,
  write: (writer: Writer) => writer.raw(bytes),
  read: () => bytes,
};
const seen = topic<Uint8Array, Uint8Array>({
  message,
  tokens: ["people", "a", "seen"],
  qos: 0,
  retained: false,
});

/** Publishes until `first` has an item: who watches is there a moment after it asked. */
async function whilePublishing<Item>(link: Link, first: Promise<Item>): Promise<Item> {
  let isDone = false;
  const item = first.finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await link.publish(seen, bytes);
    await link.client(Health).check({});
  }
  return item;
}

const firstOf = async <Item>(items: AsyncIterable<Item>): Promise<Item> => {
  for await (const item of items) return item;
  throw new Error("nothing came");
};

describe("messages", () => {
  it("are shown with their type and as JSON, without what is personal", async () => {
    const router = await start();
    const link = await dial(router);
    const watcher = await dial(router);
    await link
      .client(Registry)
      .push({ subject: "p", version: "1", schema: { files: [{ path, text }] } });
    const shown = await whilePublishing(
      link,
      firstOf(watcher.client(Monitor).messages({ pattern: "people.>" })),
    );
    expect(shown).toMatchObject({
      topic: "people.a.seen",
      type: person.fullName,
      bytes: bytes.length,
    });
    expect(JSON.parse(shown.json)).toEqual({
      id: "a",
      email: "<pii>",
      friends: [{ id: "b", email: "<pii>" }],
    });
    expect(shown.publishedAt).toBeDefined();
  });

  it("are shown by their length where nobody knows their type", async () => {
    const router = await start();
    const shown = await whilePublishing(
      await dial(router),
      firstOf((await dial(router)).client(Monitor).messages({ pattern: "*.a.seen" })),
    );
    expect(shown).toMatchObject({
      topic: "people.a.seen",
      type: "",
      json: "",
      bytes: bytes.length,
    });
  });

  it("are refused for what is no pattern", async () => {
    const items = (await dial(await start())).client(Monitor).messages({ pattern: "a..b" });
    await expect(firstOf(items)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});

describe("the tail", () => {
  it("shows calls, refusals and messages that match, and watches no longer than asked", async () => {
    const router = await start();
    const link = await dial(router);
    const monitor = (await dial(router)).client(Monitor);
    const call = await whilePublishing(link, firstOf(monitor.tail({ kind: 1, name: "Health" })));
    expect(call).toMatchObject({ dropped: 0n, entry: { outcome: "OK", instance: "router" } });
    const message = await whilePublishing(link, firstOf(monitor.tail({ name: "people" })));
    expect(message.entry).toMatchObject({ kind: 3, name: "people.a.seen" });
  });

  it("counts what a watcher did not take in time", async () => {
    const router = await start();
    const link = await dial(router);
    const items = (await dial(router)).client(Monitor).tail({ kind: 3 })[Symbol.asyncIterator]();
    await whilePublishing(link, items.next());
    for (let round = 0; round < 5000; round++) void link.publish(seen, bytes);
    await link.client(Health).check({});
    let dropped = 0n;
    let entries = 0;
    while (dropped === 0n && entries < 5000) {
      const { value } = await items.next();
      dropped += value?.dropped ?? 0n;
      entries++;
    }
    expect(dropped).toBeGreaterThan(0n);
    await items.return?.();
  });

  it("is refused for a kind that is not there", async () => {
    const items = (await dial(await start())).client(Monitor).tail({ kind: 9 });
    await expect(firstOf(items)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});

describe("a mask", () => {
  it("covers personal fields at every depth, in maps, and whatever an Any holds", () => {
    const inner = { "@type": "type.googleapis.com/people.v1.Person", ...anna };
    const json = decodeToJson(person, encodeJson(person, { family: { m: anna }, extra: inner }));
    expect(maskPii(person, json)).toEqual({
      family: { m: { id: "a", email: "<pii>", friends: [{ id: "b", email: "<pii>" }] } },
      extra: { "@type": "type.googleapis.com/people.v1.Person" },
    });
  });
});
