/**
 * Goes through the topics that are kept, in ascending order, for a subscription that begins: it names those to start in, and
 * their retained values. It keeps no list of them, only how far it has come.
 */
import type { Stored, TopicLog, TopicStore } from "@nexus-bridge/router-stores";
import type { EventMessage } from "../topics/event.ts";

/** Topics that one step looks at. */
const LOOKED_AT_MAX = 1024;

/** Where reading begins in topics that are not named; undefined for what comes from now on. */
export type Start =
  | { readonly kind: "earliest" }
  | { readonly kind: "since"; readonly time: number };

export interface WalkOptions {
  readonly store: TopicStore<EventMessage>;
  readonly pattern: string;
  readonly start: Start | undefined;
  /** The most that is read of what a topic has kept. */
  readonly replayMax: number;
  /** Whether retained values are asked for. */
  readonly wantsRetained: boolean;
  /** Messages published before the subscription began: a value that is newer comes live. */
  readonly ordinal: number;
  /** Topics that were begun in already. */
  readonly begun: Set<string>;
}

export interface WalkStep {
  readonly log: TopicLog<EventMessage>;
  /** The sequence to begin at. */
  readonly begin: number | undefined;
  readonly retained: Stored<EventMessage> | undefined;
}

export class Walk {
  readonly #options: WalkOptions;
  readonly #matches: (topic: string) => boolean;
  readonly #prefix: string;
  readonly #isConcrete: boolean;
  /** It went far without finding anything, and is to go on in a later turn. */
  isResting = false;
  /** The last topic looked at. */
  #at = "";

  constructor(options: WalkOptions) {
    this.#options = options;
    this.#matches = matcher(options.pattern);
    this.#prefix = prefixOf(options.pattern);
    this.#isConcrete = this.#prefix === options.pattern;
  }

  /** Where to begin in a topic that gets a message before the walk comes to it; undefined where that is over or not wanted. */
  beginIn(log: TopicLog<EventMessage>): number | undefined {
    const { start, begun, replayMax } = this.#options;
    const { topic } = log;
    if (start === undefined || topic <= this.#at || begun.has(topic)) return undefined;
    begun.add(topic);
    return beginning(log, start, replayMax);
  }

  /** The next topic with something to do; "far" where there was none among those looked at, undefined at the end. */
  step(): WalkStep | "far" | undefined {
    const { store } = this.#options;
    const prefix = this.#prefix;
    let looked = 0;
    for (const log of store.from(this.#at === "" ? prefix : this.#at)) {
      const { topic } = log;
      if (topic <= this.#at) continue;
      if (!topic.startsWith(prefix) || (this.#isConcrete && topic !== prefix)) return undefined;
      this.#at = topic;
      const step = this.#matches(topic) ? this.#stepOf(log) : undefined;
      if (step !== undefined) return step;
      if (++looked < LOOKED_AT_MAX) continue;
      this.isResting = true;
      return "far";
    }
    return undefined;
  }

  #stepOf(log: TopicLog<EventMessage>): WalkStep | undefined {
    const { start, begun, replayMax, wantsRetained, ordinal } = this.#options;
    const at = beginning(log, start, replayMax);
    const begin = begun.has(log.topic) ? undefined : at;
    const value = wantsRetained ? log.retained : undefined;
    const isLive = value !== undefined && value.message.ordinal >= ordinal;
    const comesAnyway =
      value !== undefined && at !== undefined && value.sequence >= Math.max(at, log.first);
    const retained = isLive || comesAnyway ? undefined : value;
    if (begin === undefined && retained === undefined) return undefined;
    return { log, begin, retained };
  }
}

/** Where to begin in `log`; undefined where nothing that is kept is wanted. */
export function beginning(
  log: TopicLog<EventMessage>,
  start: Start | undefined,
  replayMax: number,
): number | undefined {
  if (start === undefined) return undefined;
  const from = start.kind === "earliest" ? log.first : log.since(start.time);
  return Math.max(from, log.next - replayMax);
}

/** What a pattern begins with before its first wildcard; all of it where there is none. */
export function prefixOf(pattern: string): string {
  const tokens = pattern.split(".");
  const wild = tokens.findIndex(isWild);
  if (wild < 0) return pattern;
  return wild === 0 ? "" : `${tokens.slice(0, wild).join(".")}.`;
}

const isWild = (token: string): boolean => token === "*" || token === ">";

/** Token by token, without cutting the topic into pieces: a walk asks this of every topic that is kept. */
function matches(tokens: readonly string[], topic: string): boolean {
  let at = 0;
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index] as string;
    if (at > topic.length) return false;
    if (token === ">") return true;
    const dot = topic.indexOf(".", at);
    const end = dot < 0 ? topic.length : dot;
    if (token !== "*" && (token.length !== end - at || !topic.startsWith(token, at))) return false;
    at = end + 1;
  }
  return at > topic.length;
}

/** Whether a topic matches `pattern`, as the trie has it. */
export function matcher(pattern: string): (topic: string) => boolean {
  const tokens = pattern.split(".");
  if (!tokens.some(isWild)) return (topic) => topic === pattern;
  const startsWild = isWild(tokens[0] ?? "");
  return (topic) => !(startsWild && topic.startsWith("$")) && matches(tokens, topic);
}
