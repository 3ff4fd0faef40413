/** The attacks of the suite: what each must have hit, and what it may cost at most beside the bounds that hold for all. */
import type { Evidence } from "./child.ts";

export interface Row {
  readonly attack: string;
  /** What the attacker must have seen: an attack that did not hit proves nothing. */
  readonly hit: Evidence;
  /** How many links the router must have ended with which code before it is through. */
  readonly ends?: Readonly<Record<number, number>>;
  /** The least that the attacker must have sent. */
  readonly sentBytesMin?: number;
  /** The most calls of the attacker that the honest provider may have been bothered with. */
  readonly botheredMax?: number;
  /** What it may make the router have, where that is not {@link MORE_MIB_MAX}. */
  readonly residentMibMax?: number;
  /** Runs in `npm test` as well: seconds in all, and every kind of attack. */
  readonly isQuick?: true;
}

export type Rows = Readonly<Record<string, Row>>;

export const MIB = 1024 * 1024;
/** What an attack may make the router hold, and have, what V8 has not collected yet included. */
export const MORE_MIB_MAX = 64;
/** Shorter times than the defaults, so that the router need not be waited for; they bound no memory. */
const times = {
  helloTimeoutMs: 600,
  heartbeatMs: 800,
  writeStallMs: 1_000,
  frameTimeoutMs: 1_000,
};
/** Two bursts of 200, and 50 a second for as long as it may take. */
const RESETS_MAX = 1_000;
/** Calls that grant 64 KiB each, until the credit of a link is used up. */
const CREDITED_CALLS = 128;

export interface Group {
  readonly limits: Readonly<Record<string, number>>;
  readonly rows: Rows;
}

/** With every other limit at its default. */
const defaults: Rows = {
  "malformed frames": {
    attack: "malformed",
    hit: { sent: 1_000 },
    ends: { 259: 250 },
    isQuick: true,
  },
  "lengths that are declared and never come": {
    attack: "length-bomb",
    hit: { refused: 50, held: 300 },
    ends: { 258: 50, 257: 300 },
    isQuick: true,
  },
  "greetings of one byte at a time": {
    attack: "slow-loris",
    hit: { links: 200, ended: 200 },
    ends: { 265: 200 },
  },
  "more unauthenticated links than are greeted": {
    attack: "many-unauthenticated",
    hit: { links: 1_500, ended: 1_500 },
    ends: { 265: 1_000 },
  },
  "large WebSocket messages before the greeting": {
    attack: "unauthenticated-messages",
    hit: { links: 200, ended: 200 },
  },
  "lines of JSON that never end": {
    attack: "endless-lines",
    hit: { links: 100, ended: 100 },
  },
  "peers that fall silent": {
    attack: "half-open",
    hit: { links: 100 },
    ends: { 266: 100 },
  },
  "a subscriber that never reads": {
    attack: "subscriber",
    hit: {},
    sentBytesMin: 125 * MIB,
    ends: { 272: 1 },
    // Every event it is sent lies in a buffer of its own for a moment, which V8 gives back late.
    residentMibMax: 96,
  },
  "frames that do nothing": {
    attack: "idle-frames",
    hit: { links: 10, limited: 10 },
    ends: { 271: 10 },
    isQuick: true,
  },
  "rapid reset": {
    attack: "rapid-reset",
    hit: { lives: 1, limited: 0x10f },
    botheredMax: RESETS_MAX,
    isQuick: true,
  },
  "calls that the router is made to reset": {
    attack: "made-you-reset",
    hit: { opened: 4_000, lives: 1 },
    botheredMax: RESETS_MAX,
    isQuick: true,
  },
  "aliases without end": {
    attack: "aliases",
    hit: { bound: 4_096, tooMany: 0x10e, tooLong: 0x10e },
    isQuick: true,
  },
  "subscriptions without end": {
    attack: "subscriptions",
    hit: { opened: 10_100, refused: 100, lives: 1 },
    isQuick: true,
  },
  "registrations without end": {
    attack: "registrations",
    hit: { opened: 50, refused: 40 },
    isQuick: true,
  },
  "wildcards wherever they may stand": {
    attack: "wildcards",
    hit: { subscribed: 4_000, published: 500 },
    // A million and a half events that wait for a moment and are dropped: V8 collects their buffers late.
    residentMibMax: 160,
  },
  "control payloads that decode to much": {
    attack: "amplification",
    hit: { links: 20, refused: 20 },
    ends: { 257: 20 },
    isQuick: true,
  },
  "groups inside groups": {
    attack: "deep-groups",
    hit: { links: 5, ended: 5 },
    isQuick: true,
  },
  "compressed events that inflate to much": {
    attack: "zlib-bomb",
    hit: { bombs: 50, tooLarge: 0 },
    isQuick: true,
  },
  "keys made to collide": {
    attack: "hash-flood",
    hit: { subscribed: 8_000, lives: 1 },
  },
  "schemas without end": {
    attack: "poison",
    hit: { replaced: 0, pushes: 500, lives: 1 },
  },
};

/**
 * What a link may hold of answers is its credit, 64 MiB by default, and as much again for what waiting costs: with less of it
 * the bound that holds for all others holds for these as well.
 */
const credited: Rows = {
  "a caller that never reads": {
    attack: "caller",
    hit: {},
    sentBytesMin: 6 * MIB,
    ends: { 272: 1 },
    isQuick: true,
  },
  "tiny messages to a caller that never reads": {
    attack: "tiny-messages",
    hit: { streams: 0 },
    ends: { 272: 1 },
    isQuick: true,
  },
  "streams without end": {
    attack: "streams",
    hit: { opened: 12_000, hanging: CREDITED_CALLS, reused: 0x101 },
    isQuick: true,
  },
};

export const groups: Readonly<Record<string, Group>> = {
  "with default limits": { limits: times, rows: defaults },
  "with 8 MiB of credit a link": {
    limits: { ...times, creditBytesPerLink: 8 * MIB },
    rows: credited,
  },
};
