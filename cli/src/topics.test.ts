/** `nexus publish` and `nexus subscribe` with what is kept: positions, starts, consumers, retained values, dead letters. */
import { connect } from "@nexus-bridge/sdk-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bytesMessageType } from "./dynamic/message-type.ts";
import { makeWorkspace, nexus, type Running, startNexus } from "./testing/run.ts";

const schema = `syntax = "proto3";
package shop.v1;
import "nexus/options.proto";
message Paid {
  option (nexus.topic) = { name: "shop.{region}.paid" qos: QOS_AT_LEAST_ONCE ordering_key: "customer" };
  string region = 1;
  string customer = 2;
}
message Stock {
  option (nexus.topic) = { name: "shop.{region}.stock" qos: QOS_AT_LEAST_ONCE retained: true };
  string region = 1;
  uint32 left = 2;
}
`;

let router: Running;
let url: string;
const workspace = makeWorkspace({ "shop.proto": schema });
const { folder } = workspace;

beforeAll(async () => {
  const command = ["start", "--listen", "tcp://127.0.0.1:0", "--schema", "shop.proto"];
  router = startNexus(command, { folder });
  url = (await router.line("listening")).replace("listening tcp:", "nexus:");
}, 60_000);

afterAll(async () => {
  router.child.kill("SIGTERM");
  expect((await router.ended).code).toBe(0);
  workspace[Symbol.dispose]();
}, 60_000);

/** Whatever the command printed, a JSON value a line. */
async function run(...commandLine: readonly string[]) {
  const outcome = await nexus([...commandLine, "--json", "--url", url], { folder });
  expect(outcome).toMatchObject({ code: 0 });
  const lines = outcome.out.split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line));
}

const paid = (region: string, customer: string) =>
  run("publish", `shop.${region}.paid`, JSON.stringify({ customer }));
const customers = (items: readonly { value: { customer: string } }[]) =>
  items.map(({ value }) => value.customer);

describe("nexus publish and subscribe of kept topics", () => {
  it("says the position, and begins at one, at the earliest or at an age", async () => {
    const [first] = await paid("eu", "a");
    const [second] = await paid("eu", "b");
    expect(first.position.sequence).toBe(1);
    const { epoch, sequence } = second.position;
    const begin = (start: string, count: string) =>
      run("subscribe", "shop.eu.paid", "--start", start, "--count", count);
    expect(customers(await begin("earliest", "2"))).toEqual(["a", "b"]);
    expect(customers(await begin("10m", "2"))).toEqual(["a", "b"]);
    const [event] = await begin(`${epoch}:${sequence}`, "1");
    expect(event).toMatchObject({ position: { epoch, sequence }, value: { customer: "b" } });
  }, 60_000);

  it("goes on where a consumer was", async () => {
    for (const customer of ["a", "b", "c"]) await paid("us", customer);
    const flags = ["shop.us.paid", "--consumer", "night", "--start", "earliest"];
    expect(customers(await run("subscribe", ...flags, "--count", "1"))).toEqual(["a"]);
    expect(customers(await run("subscribe", ...flags, "--count", "2"))).toEqual(["b", "c"]);
  }, 60_000);

  it("retains what the schema says, shows it and clears it", async () => {
    await run("publish", "shop.eu.stock", '{"left": 4}');
    const [value] = await run("subscribe", "shop.*.stock", "--count", "1");
    expect(value).toMatchObject({ retained: true, value: { region: "eu", left: 4 } });
    const clear = ["publish", "shop.eu.stock", "--clear", "--url", url];
    const cleared = await nexus(clear, { folder });
    expect(cleared).toMatchObject({ code: 0, errors: "" });
    expect(cleared.out).toMatch(
      /^cleared the retained value of shop\.eu\.stock, position \d+:2\n$/,
    );
    await run("publish", "shop.us.stock", '{"left": 7}');
    const [other] = await run("subscribe", "shop.*.stock", "--count", "1");
    expect(other).toMatchObject({ topic: "shop.us.stock", retained: true });
    const wrong = await nexus([...clear, "{}"], { folder });
    expect(wrong).toMatchObject({ code: 2, out: "" });
  }, 60_000);

  it("decodes dead letters as the topic that they come from, with their reason", async () => {
    await paid("dead", "z");
    const link = await connect(url);
    const topic = { message: bytesMessageType("", 0n), pattern: "shop.dead.paid", qos: 1 } as const;
    const letters = await link.subscribe({ ...topic, pattern: "$dead.shop.>" });
    const items = link.subscribe(topic, { consumer: "worker", start: "earliest", ack: "manual" });
    let failures = 0;
    for await (const item of items) {
      if (item.kind === "gap") continue;
      item.nack({ delayMs: 1 });
      failures += 1;
      if (failures === 5) break;
    }
    for await (const _letter of letters) break;
    await link.close();
    const dead = ["subscribe", "$dead.shop.>", "--start", "earliest", "--count", "1"];
    const [letter] = await run(...dead);
    expect(letter).toMatchObject({ type: "shop.v1.Paid", value: { customer: "z" } });
    expect(letter.deadLetterReason).toContain("5 deliveries");
    const { out } = await nexus([...dead, "--url", url], { folder });
    expect(out).toContain(
      '$dead.shop.dead.paid {"region":"dead","customer":"z"} (dead: 5 deliveries',
    );
  }, 60_000);

  it.each([
    [["shop.>", "--start", "1:2"], "name the topic"],
    [["shop.>", "--start", "1x"], "an age such as 10m"],
    [["shop.>", "--qos", "2"], "1 (at least once)"],
    [["shop.>", "--consumer", "a", "--group", "b"], "exclude each other"],
    [["shop.>", "--expiry", "1m"], "--consumer"],
  ])("refuses %j", async (flags, text) => {
    const { code, out, errors } = await nexus(["subscribe", ...flags, "--url", url], { folder });
    expect(errors).toContain(text);
    expect({ code, out }).toEqual({ code: 2, out: "" });
  });
});
