/**
 * A subscription that reads through a cursor begins: a cursor of its own, that of its group, or that of the consumer it names.
 * SUBSCRIBED goes before everything else, and says where reading begins.
 */
import { Code, encodeFrame, FrameType, limitRanges, Reason, wire } from "@nexus-bridge/protocol";
import type { Core } from "../core.ts";
import type { Frame } from "../frame.ts";
import type { Link } from "../link.ts";
import type { Refusal } from "../topics/refusals.ts";
import { accountOf, begin, countRekeyed, endReader, nameKey } from "./consumption.ts";
import { Cursor, type CursorPolicy } from "./cursor.ts";
import { mix } from "./key-lines.ts";
import { Reader } from "./reader.ts";
import { beginAtPositions, lookAround, type Survey } from "./survey.ts";
import { type Start, Walk } from "./walk.ts";

const PRIORITY_BITS = 0xe0;
const NOT_NEW = 0;
const ALWAYS = 1;
export const StartKind = { LATEST: 0, EARLIEST: 1, POSITION: 2, AGE: 3 } as const;
const policies: readonly CursorPolicy[] = ["drop_old", "drop_old", "latest", "disconnect", "block"];

/** Whether a subscription reads from the store; any other one takes what comes while it lives. */
export const readsStore = (asked: wire.Subscribe): boolean =>
  asked.qos > 0 ||
  asked.consumer !== "" ||
  asked.ordering !== 0 ||
  (asked.start !== undefined && asked.start.kind !== StartKind.LATEST);

/** Begins the subscription and answers it; a refusal where it cannot be. */
export function attach(
  core: Core,
  link: Link,
  frame: Frame,
  asked: wire.Subscribe,
): Refusal | undefined {
  const found = findCursor(core, link, asked);
  if ("code" in found) return found;
  const { cursor, isNew } = found;
  if (cursor.consumer !== "") takeOver(core, cursor);
  cursor.expiryMs = expiryOf(core, asked);
  const reader = createReader(core, link, frame, asked, cursor);
  link.attachments.set(frame.stream, reader);
  core.consumption.readers++;
  if (isNew) begin(core, cursor);
  const first = survey(core, cursor, asked, isNew);
  cursor.join(reader);
  countRekeyed(core, cursor);
  link.outbox.say(
    encodeFrame({
      type: FrameType.SUBSCRIBED,
      class: frame.class & PRIORITY_BITS,
      stream: frame.stream,
      payload: wire.Subscribed.encode({
        qos: Math.min(asked.qos, 1),
        positions: first.positions,
        retainedCount: first.retainedCount,
      }),
    }),
  );
  core.emit({ kind: "subscribed", link: link.id, pattern: cursor.pattern, group: cursor.group });
  for (const { topic, hole } of first.holes) link.outbox.say(reader.gapFrame(topic, hole));
  cursor.roomIn();
  return undefined;
}

function findCursor(
  core: Core,
  link: Link,
  asked: wire.Subscribe,
): { readonly cursor: Cursor; readonly isNew: boolean } | Refusal {
  const { groups, consumers, directGroups, shared } = core.consumption;
  const { pattern, group, consumer } = asked;
  const isKeyed = asked.ordering !== 0;
  const key = nameKey(pattern, group === "" ? consumer : group);
  const known = group !== "" ? groups.get(key) : consumer !== "" ? consumers.get(key) : undefined;
  if (known !== undefined) {
    if ((known.keys !== undefined) !== isKeyed) {
      return failed(
        "it orders its messages in another way: `ordering` is that of its first member",
      );
    }
    return { cursor: known, isNew: false };
  }
  if (group !== "" && directGroups.has(key)) {
    return failed("its members have QoS 0 and take what comes: subscribe as they do");
  }
  if (consumer !== "" && consumers.size >= core.limits.consumersRemembered) {
    return {
      code: Code.RESOURCE_EXHAUSTED,
      message: `the router remembers ${core.limits.consumersRemembered} consumers, the most it may`,
    };
  }
  const cursor = new Cursor({
    host: core.consumption.host,
    account: group === "" && consumer === "" ? accountOf(core.consumption, link) : shared,
    pattern,
    group,
    consumer,
    ordersByKey: isKeyed,
    policy: policyOf(asked),
    expiryMs: expiryOf(core, asked),
  });
  return { cursor, isNew: true };
}

const failed = (why: string): Refusal => ({
  code: Code.FAILED_PRECONDITION,
  message: `the group or consumer exists already, and ${why}`,
});

/** `block` is for QoS 1 only, and its default there. What `drop_new` keeps is in the ring, where the oldest goes. */
function policyOf({ qos, slow }: wire.Subscribe): CursorPolicy {
  if (qos > 0 && slow === 0) return "block";
  const policy = policies[slow - 1] ?? "drop_old";
  return qos === 0 && policy === "block" ? "drop_old" : policy;
}

const expiryOf = ({ limits }: Core, asked: wire.Subscribe): number =>
  Math.min(
    asked.expiryMs === 0 ? limits.consumerExpiryMs : asked.expiryMs,
    limitRanges.consumerExpiryMs.maximum,
  );

function createReader(
  core: Core,
  link: Link,
  frame: Frame,
  asked: wire.Subscribe,
  cursor: Cursor,
): Reader {
  const { limits } = core;
  return new Reader({
    id: frame.stream,
    link,
    class: frame.class,
    credit: frame.arg,
    qos: Math.min(asked.qos, 1),
    ackWaitMs: chosen(asked.ackWaitMs, limits.ackWaitMs, limitRanges.ackWaitMs),
    unackedMax: chosen(asked.maxUnacked, limits.unackedMessages, limitRanges.unackedMessages),
    wantsAttributes: asked.attributes,
    openedAt: core.now,
    seed: mix(++core.consumption.seeds),
    cursor,
  });
}

/** What was asked for, within its range; the router's own where nothing was. */
function chosen(
  asked: number,
  own: number,
  { minimum, maximum }: { readonly minimum: number; readonly maximum: number },
): number {
  return asked === 0 ? own : Math.min(Math.max(asked, minimum), maximum);
}

/** The consumer is in other hands: those before are told, and what they had comes again. */
function takeOver(core: Core, cursor: Cursor): void {
  const ending = { code: Code.ABORTED, reason: Reason.TAKEN_OVER };
  for (const reader of [...cursor.readers, ...cursor.leaving]) endReader(core, reader, ending);
}

/** Begins in the topics that are there, and leaves the rest to a walk. */
function survey(core: Core, cursor: Cursor, asked: wire.Subscribe, isNew: boolean): Survey {
  const first: Survey = { positions: [], holes: [], retainedCount: 0 };
  const begun = new Set<string>();
  const kind = asked.start?.kind ?? StartKind.LATEST;
  if (isNew && kind === StartKind.POSITION) beginAtPositions(core, cursor, asked, begun, first);
  const start = isNew ? startOf(core, asked) : undefined;
  const isAsked = asked.retained === ALWAYS || (asked.retained === NOT_NEW && isNew);
  const wantsRetained =
    isAsked &&
    !(kind === StartKind.POSITION && asked.retained !== ALWAYS) &&
    (isNew || asked.group === "");
  const replayMax = asked.replayLimit === 0 ? Number.POSITIVE_INFINITY : asked.replayLimit;
  const { pattern, places } = cursor;
  const options = { pattern, start, replayMax, wantsRetained, begun };
  const isWhole = lookAround(core, { ...options, places }, first);
  const needsWalk = first.retainedCount > 0 || !isWhole;
  if (needsWalk && cursor.walk === undefined && (start !== undefined || wantsRetained)) {
    const { store, counters } = core;
    const ordinal = counters.published;
    cursor.walk = new Walk({ store, ordinal, ...options });
  }
  return first;
}

function startOf(core: Core, asked: wire.Subscribe): Start | undefined {
  switch (asked.start?.kind) {
    case StartKind.EARLIEST:
    case StartKind.POSITION:
      return { kind: "earliest" };
    case StartKind.AGE:
      return { kind: "since", time: core.now - Number(asked.start.ageMs) };
    default:
      return undefined;
  }
}
