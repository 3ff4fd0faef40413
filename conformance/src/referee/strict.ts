/**
 * What every frame must keep to, whoever sends it and whatever the case is about: one witness of every case. It says what
 * is wrong with the clause; it never repairs.
 */
import { crc32 } from "node:zlib";
import { type Frame, flag, type } from "./wire.ts";

export type Sender = "client" | "router";

const RESERVED = 0x7c08;
const FRAGMENT_MAX = 256 * 1024;
const LINK_TYPES_END = 0x0b;
const noClass: ReadonlySet<number> = new Set([type.credit, type.cancel, type.evack]);
const opening: ReadonlySet<number> = new Set([type.open, type.subscribe, type.register]);
const messages: ReadonlySet<number> = new Set([type.open, type.data]);
const onStreamZero: ReadonlySet<number> = new Set([type.publish, type.puback]);

const byClient: ReadonlySet<number> = new Set([
  ...[type.hello, type.subscribe, type.unsubscribe, type.publish, type.evack, type.replay],
  ...[type.register, type.unregister],
]);
const byRouter: ReadonlySet<number> = new Set([
  ...[type.welcome, type.subscribed, type.unsubscribed, type.puback, type.event, type.evacked],
  ...[type.gap, type.registered, type.unregistered],
]);

interface Chain {
  readonly crc: number;
}

/** Watches one direction of one link. */
export class StrictWatch {
  readonly faults: string[] = [];
  readonly #sender: Sender;
  readonly #chains = new Map<number, Chain>();
  #lastOpened: number;
  #frames = 0;

  constructor(sender: Sender) {
    this.#sender = sender;
    this.#lastOpened = sender === "client" ? -1 : 0;
  }

  see(frame: Frame): void {
    const problems = [
      ...headProblems(frame),
      ...this.#payloadProblems(frame),
      ...this.#roleProblems(frame),
    ];
    this.#frames += 1;
    for (const problem of problems)
      this.faults.push(
        `${this.#sender} frame ${this.#frames} (${frame.type.toString(16)}): ${problem}`,
      );
  }

  #payloadProblems(frame: Frame): readonly string[] {
    const { payload, payloadCrc } = frame;
    const has = (bit: number): boolean => (frame.flags & bit) !== 0;
    if (!has(flag.pcrc)) {
      const needed = frame.type >= 0x06 && frame.type <= 0x33 && payload.length > 0;
      return [
        ...(needed ? ["WIRE-2.5 payload without PCRC"] : []),
        ...(payloadCrc === 0 ? [] : ["WIRE-2.5 payloadCrc without PCRC"]),
      ];
    }
    if (!messages.has(frame.type))
      return crc32(payload) === payloadCrc ? [] : ["WIRE-2.5 payloadCrc is wrong"];
    const before = this.#chains.get(frame.stream)?.crc ?? 0;
    const crc = crc32(payload, before);
    if (has(flag.more)) this.#chains.set(frame.stream, { crc });
    else this.#chains.delete(frame.stream);
    return [
      ...(crc === payloadCrc ? [] : ["WIRE-9.4 payloadCrc does not cover the message so far"]),
      ...(payload.length > FRAGMENT_MAX ? ["WIRE-9.1 payload above 256 KiB"] : []),
      ...(has(flag.more) && payload.length === 0 ? ["WIRE-9.2 empty fragment"] : []),
      ...(has(flag.more) && has(flag.end) ? ["WIRE-9.3 END with MORE"] : []),
    ];
  }

  #roleProblems(frame: Frame): readonly string[] {
    const isClient = this.#sender === "client";
    const problems: string[] = [];
    if ((isClient ? byRouter : byClient).has(frame.type))
      problems.push(`section 4: a ${this.#sender} does not send this type`);
    if (this.#frames === 0 && frame.type !== (isClient ? type.hello : type.welcome))
      if (frame.type !== type.error) problems.push("WIRE-5.1 the first frame is of another type");
    if (frame.type > LINK_TYPES_END && isClient && frame.hops !== 16)
      problems.push(`WIRE-2.2 hops ${frame.hops} at the origin`);
    if (opening.has(frame.type) || this.#opensLane(frame)) {
      const expected = (this.#lastOpened + 2) >>> 0;
      if (frame.stream !== expected)
        problems.push(`WIRE-6.1 stream ${frame.stream} is opened, ${expected} is next`);
      this.#lastOpened = frame.stream;
    }
    return problems;
  }

  /** The first PUBLISH of a lane: on an id ahead of all. */
  #opensLane({ type: kind, stream }: Frame): boolean {
    const ahead = (stream - this.#lastOpened) >>> 0;
    return kind === type.publish && stream !== 0 && ahead > 0 && ahead < 0x8000_0000;
  }
}

function headProblems(frame: Frame): readonly string[] {
  const isLink = frame.type >= 1 && frame.type <= LINK_TYPES_END;
  const needsNoClass = isLink || noClass.has(frame.type);
  const onZero = isLink || onStreamZero.has(frame.type);
  return [
    ...((frame.flags & RESERVED) === 0 ? [] : ["WIRE-2.3 a reserved flag is set"]),
    ...(needsNoClass && frame.class !== 0 ? [`WIRE-2.4 class ${frame.class}`] : []),
    ...(!needsNoClass && frame.class >>> 5 === 0 ? ["WIRE-2.4 priority 0 of an application"] : []),
    ...((frame.class & 0x18) === 0x18 || (frame.class & 7) > 3 ? ["WIRE-2.4 class"] : []),
    ...(isLink && frame.hops !== 1 ? [`WIRE-2.2 hops ${frame.hops} on a link frame`] : []),
    ...(isLink && frame.stream !== 0 ? ["WIRE-14.7 a stream on a link frame"] : []),
    ...(!onZero && frame.stream === 0 ? ["WIRE-14.7 stream 0"] : []),
    ...((frame.flags & flag.more) !== 0 && !messages.has(frame.type) ? ["WIRE-14.7 MORE"] : []),
    ...(frame.meta.length > 0 &&
    frame.route !== 0 &&
    frame.type !== type.alias &&
    frame.meta[0] === 1
      ? ["WIRE-3.9 route and name"]
      : []),
  ];
}
