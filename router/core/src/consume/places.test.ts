import { createMemoryStore, type TopicStore } from "@nexus-bridge/router-stores";
import { expect, test } from "vitest";
import { Listener, listener, Publisher, quietHarness } from "../testing/listener.ts";
import { createEventMessage, type EventMessage } from "../topics/event.ts";
import type { TopicEntry } from "../topics/topic-entry.ts";
import { type Account, Places } from "./places.ts";
import { matcher } from "./walk.ts";

const limits = { ringBytes: 1e9, ringAgeMs: 1000, retainedValues: 10, retainedBytes: 1e6 };
const storeOf = (ringMessages: number): TopicStore<EventMessage> =>
  createMemoryStore({ epoch: 1, limits: { ...limits, ringMessages } });

function append(store: TopicStore<EventMessage>, topic: string, now = 0) {
  const log = store.open(topic);
  log.startRing();
  log.append(createEventMessage({} as TopicEntry), 1, now);
  return log;
}

test("there are no more places than the account has room for; what is lost beyond is counted", () => {
  const store = storeOf(10);
  const account: Account = { places: 0, placesMax: 3 };
  const places = new Places(account, false);
  const made = ["a", "b", "c", "d", "e"].map((topic) => places.begin(append(store, topic), 1, 0));
  expect(made.map((place) => place?.log.topic)).toEqual(["a", "b", "c", undefined, undefined]);
  expect(account.places).toBe(3);
  expect(places.takeLost()).toEqual({ topic: "e", count: 2 });
  expect(places.hasLost).toBe(false);
  places.clear();
  expect(account.places).toBe(0);
});

test("places of which the ring has nothing any more make room, and their messages are counted", () => {
  const store = storeOf(10);
  const account: Account = { places: 0, placesMax: 2 };
  const places = new Places(account, false);
  places.begin(append(store, "a"), 1, 0);
  places.begin(append(store, "b", 5000), 1, 0);
  store.advance(5500);
  expect(places.begin(append(store, "c", 5500), 1, 5500)?.log.topic).toBe("c");
  expect(places.takeLost()).toEqual({ topic: "a", count: 1 });
  expect([...places.all()].map((place) => place.log.topic)).toEqual(["b", "c"]);
});

test("a cursor that has read everything holds nothing but a few topics", () => {
  const harness = quietHarness({ ringAgeMs: 1000 });
  const to = listener(harness, ">");
  const publisher = new Publisher(harness);
  for (let topic = 0; topic < 300; topic++) publisher.publish(`t.${topic}`, "x");
  to.heard();
  to.ack(300, true);
  harness.advance(10_000, 100);
  expect(harness.router.stats.keptTopics).toBeLessThan(10);
});

test("a start reads all topics that match, however many there are, and what comes meanwhile", () => {
  const harness = quietHarness();
  const publisher = new Publisher(harness);
  for (let topic = 0; topic < 1500; topic++) {
    const name = String(topic).padStart(4, "0");
    publisher.publish(`${name}.${topic % 3 === 0 ? "x" : "y"}`, "1", { retain: topic % 2 === 0 });
  }
  const to = listener(harness, "*.*", { qos: 1, start: { kind: 1 } }, 0);
  publisher.publish("1499.y", "2");
  publisher.publish("0000.x", "2");
  to.grant(10_000);
  const heard: string[] = [];
  for (let round = 0; round < 4; round++) {
    const now = to.heard();
    heard.push(...now.map((line) => line.split(" ").slice(1).join(" ")));
    to.ack(heard.length, true);
  }
  expect(heard).toHaveLength(1502);
  expect(new Set(heard).size).toBe(1502);
  expect(heard.indexOf("1499.y@2 2")).toBeGreaterThan(heard.indexOf("1499.y@1 1"));
  const some = new Listener(harness.peer()).subscribe("*.x");
  expect(some.heard().filter((line) => line.endsWith("retained q0"))).toHaveLength(250);
});

test.each([
  ["a", "a", true],
  ["a", "ab", false],
  ["a.*", "a.b", true],
  ["a.*", "a.b.c", false],
  ["a.>", "a.b.c", true],
  ["a.>", "a", false],
  ["*.b", "a.b", true],
  [">", "$sys.a", false],
  ["$sys.*", "$sys.a", true],
  ["a.*.c", "a.b.c", true],
  ["a.*.c", "a.b.d", false],
])("pattern %s and topic %s: %s", (pattern, topic, matches) => {
  expect(matcher(pattern)(topic)).toBe(matches);
});

test.each([0, 1])("topics that do not match are gone through in several turns at QoS %i", (qos) => {
  const harness = quietHarness();
  const publisher = new Publisher(harness);
  for (let topic = 0; topic < 3000; topic++) publisher.publish(`${topic}.y`, "1");
  publisher.publish("z.x", "kept", { retain: true });
  const to = new Listener(harness.peer()).subscribe("*.x", { qos });
  const mark = qos === 0 ? " q0" : "";
  publisher.publish("0.x", "live");
  expect(to.heard()).toEqual([`subscribed q${qos}`, `1 0.x@1 live`.concat(mark)]);
  harness.advance(100);
  expect(to.heard()).toEqual([`2 z.x@1 kept retained${mark}`]);
});
