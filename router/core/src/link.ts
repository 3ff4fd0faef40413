/** One link: who the peer is, what it has open, and what it may still do. Plain state; the rooms that act on it are elsewhere. */
import {
  AliasReceiver,
  AliasSender,
  type Channel,
  type FrameDecoder,
  PrefaceReader,
} from "@nexus-bridge/protocol";
import type { Call, Flow } from "./calls/call.ts";
import type { Cursor } from "./consume/cursor.ts";
import type { Delivery } from "./consume/delivery.ts";
import type { Reader } from "./consume/reader.ts";
import { LazyMap, LazySet } from "./lazy.ts";
import type { RouterLimits } from "./limits.ts";
import type { BoundName } from "./names.ts";
import { Outbox, type Press } from "./outbox.ts";
import type { Registration } from "./resolve/services.ts";
import type { Backlog } from "./session/backlog.ts";
import type { Probe } from "./session/probe.ts";
import type { LinkState } from "./session/transitions.ts";
import { StreamTable } from "./stream-table.ts";
import { createTimer, type Timer } from "./timer-wheel.ts";
import { createBucket, type TokenBucket } from "./token-bucket.ts";
import type { Lane } from "./topics/lane.ts";
import type { Subscription } from "./topics/subscription.ts";

/** What lives in the timer wheel. */
export type Expiring = Link | Call | Delivery | Cursor;

/** A peer's ids that are no calls: few, and long-lived. */
export type Attachment = Subscription | Reader | Registration | Lane;

export interface Link {
  readonly kind: "link";
  readonly id: number;
  readonly channel: Channel;
  readonly outbox: Outbox;
  readonly connectedAt: number;
  /** Takes the preface off; absent where the transport frames by itself, and once it is off. */
  preface: PrefaceReader | undefined;
  /** The router's own, to serve its own services; a person sees nothing of it. */
  readonly isInternal: boolean;
  state: LinkState;
  /** What the client says of itself in HELLO. */
  clientName: string;
  heartbeatMs: number;
  /** Streams that either side may have open, as WELCOME said. */
  streamsMax: number;
  /** A bit for each payload codec that both ends have; 1 is none alone. */
  codecs: number;
  /** Both ends understand flag JSON. */
  hasJson: boolean;
  readonly decoder: FrameDecoder;
  /** Since when the frame that is arriving has been incomplete; Infinity when none is. */
  partialSince: number;
  /** What the router counts of that frame. */
  partialBytes: number;
  /** Frames that wait for a later turn, and what those of this turn made the router do. */
  backlog: Backlog | undefined;
  spent: number;
  spentTurn: number;
  /** Calls by the peer, and calls made to it. */
  readonly inbound: StreamTable<Call>;
  readonly outbound: StreamTable<Call>;
  /** Calls to the peer whose OPEN still waits for its turn. */
  readonly awaiting: LazySet<Call>;
  readonly attachments: LazyMap<number, Attachment>;
  /** The highest id that the peer opened, and that the router opened. */
  highestInbound: number;
  highestOutbound: number;
  /** Calls of the peer whose request is still open. */
  openSenders: number;
  /** Methods in all its registrations. */
  methods: number;
  readonly inboundAliases: AliasReceiver<BoundName>;
  /** What the router bound towards the peer, which it keeps: what finds no place is sent in full. */
  readonly outboundAliases: AliasSender;
  /** Credit that producers towards this link have not used yet, and bytes of theirs that wait for it. */
  committedBytes: number;
  /** Flows towards this link whose credit was not passed on in full. */
  readonly withheld: LazySet<Flow>;
  readonly timer: Timer<Expiring>;
  receivedAt: number;
  pingedAt: number;
  /** A sign of life that somebody waits for. */
  probe: Probe | undefined;
  /** Frames written when it was last looked at, and when one was last seen to have been. */
  framesSeen: number;
  sentAt: number;
  /** Until when what the router translated for the peer has used its budget up. */
  translatedUntil: number;
  readonly earlyEnds: TokenBucket;
  readonly idleControls: TokenBucket;
  /** When the peer was last told of a refused publish whose topic has no entry. */
  refusedPublishAt: number;
  /** Set by the second GOAWAY: opening frames above are ignored. */
  lastAccepted: number | undefined;
  /** While draining: when the second GOAWAY leaves without the peer's PONG. */
  goAwayAt: number;
  /** While closed: input discarded so far, and when the channel is cut. */
  discardedBytes: number;
  cutAt: number;
  closeCode: number;
}

export interface LinkOptions {
  readonly id: number;
  readonly channel: Channel;
  readonly press: Press;
  readonly limits: RouterLimits;
  readonly now: number;
  /** When the connection was made: before `now`, where it was not known at once what it is. */
  readonly connectedAt: number;
  readonly decoder: FrameDecoder;
  readonly isInternal?: boolean;
}

/** So that 1 is the first odd id ahead, and 2 the first even one. */
const BEFORE_FIRST_ODD = 0xffffffff;
const INTERNAL_HEARTBEAT_MS = 600_000;

export function createLink(options: LinkOptions): Link {
  const { id, channel, press, limits, now, connectedAt, decoder, isInternal = false } = options;
  const link: Omit<Link, "timer"> & { timer: Timer<Expiring> | undefined } = {
    kind: "link",
    id,
    channel,
    outbox: new Outbox(press, channel),
    connectedAt,
    preface: channel.transport === "ws" ? undefined : new PrefaceReader(),
    isInternal,
    state: "greeting",
    clientName: "",
    // Nothing gets lost inside a process: as good as never.
    heartbeatMs: isInternal ? INTERNAL_HEARTBEAT_MS : limits.heartbeatMs,
    streamsMax: limits.streamsPerLink,
    codecs: 1,
    hasJson: false,
    translatedUntil: Number.NEGATIVE_INFINITY,
    decoder,
    partialSince: Number.POSITIVE_INFINITY,
    partialBytes: 0,
    backlog: undefined,
    spent: 0,
    spentTurn: 0,
    inbound: new StreamTable(),
    outbound: new StreamTable(),
    awaiting: new LazySet(),
    attachments: new LazyMap(),
    highestInbound: BEFORE_FIRST_ODD,
    highestOutbound: 0,
    openSenders: 0,
    methods: 0,
    inboundAliases: new AliasReceiver({
      aliasesMax: limits.aliases,
      nameBytesMax: limits.aliasNameBytes,
    }),
    outboundAliases: new AliasSender({
      aliasesMax: limits.aliases,
      nameBytesMax: limits.aliasNameBytes,
    }),
    committedBytes: 0,
    withheld: new LazySet(),
    timer: undefined,
    receivedAt: now,
    pingedAt: now,
    probe: undefined,
    framesSeen: 0,
    sentAt: now,
    earlyEnds: createBucket(limits.earlyEndBurst, limits.earlyEndPerSecond, now),
    idleControls: createBucket(limits.idleControlPerSecond, limits.idleControlPerSecond, now),
    refusedPublishAt: Number.NEGATIVE_INFINITY,
    lastAccepted: undefined,
    goAwayAt: Number.POSITIVE_INFINITY,
    discardedBytes: 0,
    cutAt: Number.POSITIVE_INFINITY,
    closeCode: 0,
  };
  const timer = createTimer<Expiring>(link as Link);
  link.timer = timer;
  return link as Link;
}

/** Streams and subscriptions that the peer has open. */
export const streamsOf = (link: Link): number => link.inbound.size + link.attachments.size;

/** The next id of a stream that the router opens on `link`. */
export function takeOutboundId(link: Link): number {
  let id = (link.highestOutbound + 2) >>> 0;
  // 0 is the link itself; an id that is still live after 2^31 others is passed over.
  while (id === 0 || link.outbound.get(id) !== undefined) id = (id + 2) >>> 0;
  link.highestOutbound = id;
  return id;
}

export const isClosed = (link: Link): boolean => link.state === "closed";
