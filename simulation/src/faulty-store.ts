/** Stores that break what a router rests on, to prove that the simulation sees it. */
import type { RouterOptions } from "@nexus-bridge/router-core";
import { createMemoryStore, type TopicLog, type TopicStore } from "@nexus-bridge/router-stores";

type Store = NonNullable<RouterOptions["store"]>;
type Kept = Store extends TopicStore<infer Message> ? Message : never;
type Log = TopicLog<Kept>;

const limits = {
  ringMessages: 1000,
  ringBytes: 2 ** 24,
  ringAgeMs: 3_600_000,
  retainedValues: 1000,
  retainedBytes: 2 ** 24,
};
/** Of so many messages one is forgotten. */
const FORGOTTEN = 20;

export function faultyStore(how: "forgets" | "sameEpoch"): Store {
  const store = createMemoryStore<Kept>({ epoch: 1, limits });
  if (how === "sameEpoch") return store;
  const logs = new WeakMap<Log, Log>();
  const faulty = (log: Log): Log => {
    const known = logs.get(log) ?? forgetful(log);
    logs.set(log, known);
    return known;
  };
  return new Proxy(store, {
    get(target, name) {
      if (name === "open") return (topic: string) => faulty(target.open(topic));
      if (name === "find") {
        return (topic: string) => {
          const log = target.find(topic);
          return log === undefined ? undefined : faulty(log);
        };
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Every now and then a message has a number and is nowhere. */
function forgetful(log: Log): Log {
  return new Proxy(log, {
    get(target, name) {
      if (name === "at") {
        return (sequence: number) => (sequence % FORGOTTEN === 0 ? undefined : target.at(sequence));
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
