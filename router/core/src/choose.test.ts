import { Code, Flag, type FrameInit, FrameType } from "@nexus-bridge/protocol";
import { describe, expect, test } from "vitest";
import { methods, SERVICE, unary } from "./testing/demo.ts";
import { Harness, type Peer, utf8 } from "./testing/harness.ts";

const HASH = 3;

function instance(harness: Harness, name: string): Peer {
  const init = { service: SERVICE, methods, policy: HASH, instance: name };
  const peer = harness.peer().registerAs(1, init);
  peer.take();
  return peer;
}

const keyed = (stream: number, key: string): FrameInit =>
  unary(stream, { meta: { name: "demo.Echo/Say", orderingKey: utf8(key) } });

/** Who gets each of `count` keys; every call is answered at once. */
function places(client: Peer, servers: ReadonlyMap<string, Peer>, first: number, count: number) {
  const found = new Map<string, string>();
  for (let at = 0; at < count; at++) {
    client.send(keyed(first + 2 * at, `key-${at}`));
    for (const [name, server] of servers) {
      for (const { stream } of server.takeOf(FrameType.OPEN)) {
        found.set(`key-${at}`, name);
        server.send({ type: FrameType.DATA, flags: Flag.END, stream, payload: utf8("x") });
      }
    }
  }
  client.take();
  return found;
}

const COUNT = 600;

describe("hash", () => {
  function cluster(names: readonly string[]) {
    const harness = new Harness();
    const servers = new Map(names.map((name) => [name, instance(harness, name)]));
    return { harness, servers, client: harness.peer() };
  }

  test("spreads keys evenly, and gives one key to one instance", () => {
    const { client, servers } = cluster(["a", "b", "c", "d"]);
    const found = places(client, servers, 1, COUNT);
    expect(found.size).toBe(COUNT);
    for (const name of servers.keys()) {
      const share = [...found.values()].filter((each) => each === name).length;
      expect(share).toBeGreaterThan(COUNT / 4 - 50);
      expect(share).toBeLessThan(COUNT / 4 + 50);
    }
    expect(places(client, servers, 10_001, COUNT)).toEqual(found);
  });

  test("moves only the keys of the instance that goes, and back when it comes again", () => {
    const { harness, client, servers } = cluster(["a", "b", "c", "d"]);
    const before = places(client, servers, 1, COUNT);
    servers.get("b")?.kill();
    servers.delete("b");
    const without = places(client, servers, 10_001, COUNT);
    for (const [key, name] of before) if (name !== "b") expect(without.get(key)).toBe(name);
    servers.set("b", instance(harness, "b"));
    expect(places(client, servers, 20_001, COUNT)).toEqual(before);
  });

  test("gives twins and the nameless a share too", () => {
    const harness = new Harness();
    const servers = new Map(
      ["", "", "twin", "twin"].map((name, at) => [String(at), instance(harness, name)]),
    );
    const found = places(harness.peer(), servers, 1, COUNT);
    expect(new Set(found.values()).size).toBe(4);
  });

  test("takes turns where there is no key", () => {
    const { client, servers } = cluster(["a", "b"]);
    for (let stream = 1; stream <= 7; stream += 2) client.send(unary(stream));
    const counts = [...servers.values()].map((server) => server.takeOf(FrameType.OPEN).length);
    expect(counts).toEqual([2, 2]);
  });

  test("passes on to the next rank where the first has no place", () => {
    const harness = new Harness({ limits: { callsInFlightPerProvider: 1 } });
    const servers = [instance(harness, "a"), instance(harness, "b")];
    const client = harness.peer();
    client.send(keyed(1, "k"));
    client.send(keyed(3, "k"));
    client.send(keyed(5, "k"));
    expect(servers.map((server) => server.takeOf(FrameType.OPEN).length)).toEqual([1, 1]);
    expect(client.take()).toMatchObject([{ stream: 5, arg: Code.RESOURCE_EXHAUSTED }]);
  });
});
