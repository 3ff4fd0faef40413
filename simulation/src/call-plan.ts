/** What one call will do, decided before it is made, and what its end should be. */
import type { Random } from "./random.ts";
import type { Method } from "./schema.ts";

/** The end that was planned; bad weather may bring another. */
export type PlannedEnd = "reply" | "error" | "deadline" | "cancel" | "leave";

export interface CallPlan {
  readonly id: number;
  readonly method: Method;
  readonly end: PlannedEnd;
  readonly requests: number;
  readonly replies: number;
  readonly requestBytes: number;
  readonly replyBytes: number;
  /** How long the handler takes, and between its messages. */
  readonly workMs: number;
  readonly stepMs: number;
  /** How long the caller takes over a reply. */
  readonly readMs: number;
  readonly timeoutMs: number | null;
  /** When the caller gives up, of those that do. */
  readonly cancelMs: number;
}

/** Longer than any planned work, so that only a fault lets it pass. */
const AMPLE_MS = 25_000;
/** A handler that would never end by itself in the time of a simulation. */
const ENDLESS_MS = 1_000_000;

const methods: readonly Method[] = ["once", "once", "again", "watch", "put", "chat"];
const ends: readonly PlannedEnd[] = [
  ...new Array<PlannedEnd>(10).fill("reply"),
  "error",
  "error",
  "deadline",
  "cancel",
  "leave",
];

export function planCall(id: number, random: Random): CallPlan {
  const method = random.pick(methods);
  const streams = method === "watch" || method === "chat";
  const many = method === "put" || method === "chat";
  const wished = random.pick(ends);
  const end = wished === "leave" && !streams ? "reply" : wished;
  const hangs = end === "deadline" || end === "cancel";
  const count = (): number => (random.chance(0.2) ? random.int(33, 90) : random.int(1, 12));
  const size = (): number =>
    random.chance(0.06) ? random.int(30_000, 110_000) : random.int(0, 600);
  const requests = many ? count() : 1;
  const replies = streams ? count() : 1;
  const isLong = requests > 32 || replies > 32;
  return {
    id,
    method,
    end,
    requests,
    replies,
    requestBytes: isLong ? random.int(0, 3000) : size(),
    replyBytes: isLong ? random.int(0, 3000) : size(),
    workMs: hangs ? ENDLESS_MS : random.chance(0.5) ? 0 : random.between(0, 200),
    stepMs: random.chance(0.7) ? 0 : random.between(0, 20),
    readMs: random.chance(0.7) ? 0 : random.between(0, 20),
    timeoutMs: end === "deadline" ? random.int(20, 400) : AMPLE_MS,
    cancelMs: random.between(0, 300),
  };
}
