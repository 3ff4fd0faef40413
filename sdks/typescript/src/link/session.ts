/**
 * One connection from WELCOME to its end: ids, aliases, streams and output. It hands each frame to its stream and answers for
 * the link itself; what a call, a subscription or a registration means is theirs, and reconnecting is the link's.
 */
import {
  argAt,
  type Channel,
  Code,
  classAt,
  codecOf,
  decodeControl,
  encodeFrame,
  Flag,
  type FrameFault,
  FrameType,
  type FrameVerdict,
  FrameWriter,
  flagsAt,
  frameTypeName,
  frameVerdict,
  HEADER_BYTES,
  HEARTBEAT_BYTES,
  LinkCode,
  type Meta,
  metaBytes,
  metaLengthAt,
  PUBACK_BYTES,
  payloadCrcMatches,
  payloadStart,
  readMeta,
  routeAt,
  sealHeader,
  setLengths,
  streamAt,
  typeAt,
  wire,
  writeHeader,
  writeMeta,
} from "@nexus-bridge/protocol";
import { errorOf, NexusError } from "../nexus-error.ts";
import { type Compression, ZLIB } from "./compression.ts";
import { copy } from "./copy.ts";
import { Names } from "./names.ts";
import type { Route } from "./route.ts";
import { StreamTable } from "./stream-table.ts";

/** Who takes the frames of one id. All faults of contents are the stream's to answer. */
export interface Stream {
  readonly id: number;
  frame(bytes: Uint8Array, view: DataView, start: number, end: number): void;
  /** The session is over, or the peer ignores this stream's opening frame. */
  lost(error: NexusError): void;
  /** A frame that is no valid one of this stream: refuse it, and end. */
  refuse(code: number, message: string): void;
}

/** What waits for the channel to take bytes again. */
export interface Blocked {
  writable(): void;
}

export interface SessionEvents {
  /** A call from the router; the stream is added by whoever takes it. */
  opened(session: Session, bytes: Uint8Array, view: DataView, start: number, end: number): void;
  /** PUBACK on stream 0: a publish was refused. */
  publishRefused(name: string, code: number): void;
  /** The peer takes no new streams any more. */
  draining(session: Session, reason: string): void;
  drained(session: Session): void;
  sessionEnded(session: Session, cause: NexusError): void;
}

const NO_BYTES = new Uint8Array(0);
const NO_LIMIT = 0xffff_ffff;

export class Session {
  readonly channel: Channel;
  readonly writer: FrameWriter;
  readonly names = new Names((frame) => this.control(frame));
  readonly streams = new StreamTable<Stream>();
  readonly capabilities: ReadonlySet<string>;
  /** Undefined where zlib was not agreed on. */
  readonly compression: Compression | undefined;
  readonly #events: SessionEvents;
  readonly #blocked = new Set<Blocked>();
  #nextId = 1;
  #highestOpened = -1;
  #highestPeer = 0;
  #over = false;
  draining = false;

  constructor(
    channel: Channel,
    welcome: wire.Welcome,
    events: SessionEvents,
    schedule: (flush: () => void) => void,
    compression?: Compression,
  ) {
    this.channel = channel;
    this.capabilities = new Set(welcome.capabilities);
    this.compression = welcome.codecs.includes(ZLIB) ? compression : undefined;
    this.#events = events;
    this.writer = new FrameWriter(channel, {
      schedule,
      drained: () => {
        const waiting = [...this.#blocked];
        this.#blocked.clear();
        for (const each of waiting) each.writable();
        this.#events.drained(this);
      },
    });
  }

  get over(): boolean {
    return this.#over;
  }

  /** Takes the next id for an opening frame that is written right after. */
  takeId(): number {
    let id = this.#nextId;
    // After a wrap a long-lived stream may still hold its id.
    while (this.streams.has(id)) id = id + 2 > NO_LIMIT ? 1 : id + 2;
    this.#nextId = id + 2 > NO_LIMIT ? 1 : id + 2;
    this.#highestOpened = id;
    return id;
  }

  whenWritable(blocked: Blocked): void {
    this.#blocked.add(blocked);
  }

  forget(blocked: Blocked): void {
    this.#blocked.delete(blocked);
  }

  /** The alias for `route` on this session, bound on first use; 0 where the name must go into meta. */
  aliasOf(route: Route): number {
    if (route.session === this) return route.alias;
    route.alias = this.names.bind(route);
    route.session = this;
    return route.alias;
  }

  /** A frame off the hot path. */
  control(init: Parameters<typeof encodeFrame>[0]): void {
    if (!this.#over) this.writer.append(encodeFrame(init));
  }

  /**
   * Writes one frame straight into the output. `crc` is that of the message up to `to`; `from` = -1 is a frame without a
   * message.
   */
  write(
    type: number,
    flags: number,
    frameClass: number,
    stream: number,
    route: number,
    arg: number,
    meta: Meta | undefined,
    bytes: Uint8Array,
    from: number,
    to: number,
    crc: number,
  ): void {
    if (this.#over) return;
    const metaLength = meta === undefined ? 0 : metaBytes(meta);
    const size = from < 0 ? 0 : to - from;
    const slab = this.writer.reserve(HEADER_BYTES + metaLength + size);
    const { view } = slab;
    const at = slab.used;
    const carries = from >= 0;
    writeHeader(
      view,
      at,
      type,
      carries ? flags | Flag.PCRC : flags,
      frameClass,
      stream,
      route,
      arg,
    );
    setLengths(view, at, metaLength, size);
    if (meta !== undefined && metaLength > 0) writeMeta(slab.bytes, view, at + HEADER_BYTES, meta);
    if (size > 0) copy(bytes, from, to, slab.bytes, at + HEADER_BYTES + metaLength);
    if (carries) view.setUint32(at + 24, crc);
    sealHeader(slab.bytes, view, at);
    this.writer.commit(HEADER_BYTES + metaLength + size);
  }

  /** A frame with neither meta nor message. */
  bare(type: number, flags: number, frameClass: number, stream: number, arg: number): void {
    this.write(type, flags, frameClass, stream, 0, arg, undefined, NO_BYTES, -1, 0, 0);
  }

  /** One whole frame from the channel. */
  frame(bytes: Uint8Array, view: DataView, start: number, end: number): void {
    const type = typeAt(view, start);
    const id = streamAt(view, start);
    const verdict = frameVerdict(view, start);
    if (verdict !== undefined) {
      this.#judge(verdict, type, id);
      return;
    }
    const codec = codecOf(classAt(view, start));
    if (codec !== 0 && !this.#reads(codec, type)) {
      this.#refuse(type, id, Code.UNIMPLEMENTED, "a payload with a codec that was not agreed on");
      return;
    }
    if (id === 0) this.#linkFrame(type, bytes, view, start, end);
    else if (type === FrameType.OPEN) {
      if (this.#takePeerId(id)) this.#events.opened(this, bytes, view, start, end);
    } else this.#streamFrame(id, type, bytes, view, start, end);
  }

  /** Messages and events may be compressed, nothing else. */
  #reads(codec: number, type: number): boolean {
    if (codec !== ZLIB || this.compression === undefined) return false;
    return type === FrameType.DATA || type === FrameType.OPEN || type === FrameType.EVENT;
  }

  #streamFrame(
    id: number,
    type: number,
    bytes: Uint8Array,
    view: DataView,
    start: number,
    end: number,
  ): void {
    const stream = this.streams.get(id);
    if (stream !== undefined) {
      const own = type === FrameType.DATA || type === FrameType.EVENT;
      if (!own && !this.#intact(bytes, view, start, end)) return;
      stream.frame(bytes, view, start, end);
      return;
    }
    const highest = (id & 1) === 1 ? this.#highestOpened : this.#highestPeer;
    if ((id - highest) >> 0 > 0)
      this.fail(LinkCode.PROTOCOL_ERROR, `${frameTypeName(type)} on stream ${id}, never opened`);
  }

  /** The router's ids are even and only go up; any other ends the link. */
  #takePeerId(id: number): boolean {
    if ((id & 1) === 1 || (id - this.#highestPeer) >> 0 <= 0) {
      this.fail(LinkCode.PROTOCOL_ERROR, `OPEN on stream ${id}`);
      return false;
    }
    this.#highestPeer = id;
    return true;
  }

  #linkFrame(type: number, bytes: Uint8Array, view: DataView, start: number, end: number): void {
    const payload = payloadStart(view, start);
    if (!this.#intact(bytes, view, start, end)) return;
    switch (type) {
      case FrameType.PING:
      case FrameType.PONG:
        if (end - payload !== HEARTBEAT_BYTES)
          this.fail(LinkCode.PROTOCOL_ERROR, `${frameTypeName(type)} of ${end - payload} bytes`);
        else if (type === FrameType.PING)
          this.control({ type: FrameType.PONG, payload: bytes.slice(payload, end) });
        return;
      case FrameType.GOAWAY:
        this.#goAway(bytes.subarray(payload, end), argAt(view, start));
        return;
      case FrameType.ERROR:
        this.#peerError(bytes.subarray(payload, end), argAt(view, start));
        return;
      case FrameType.ALIAS:
        this.#faulty(this.names.frame(bytes, view, start));
        return;
      case FrameType.CLOSE:
        this.finish(unavailable("the router closed the link"));
        this.channel.end();
        return;
      case FrameType.PUBACK:
        if (end - payload === PUBACK_BYTES) this.#publishRefused(bytes, view, start);
        else this.fail(LinkCode.PROTOCOL_ERROR, "PUBACK of a wrong size");
        return;
      default:
        this.fail(LinkCode.PROTOCOL_ERROR, `${frameTypeName(type)} after WELCOME`);
    }
  }

  /** Messages and events are verified by who takes them; a fault in any other payload ends the link. */
  #intact(bytes: Uint8Array, view: DataView, start: number, end: number): boolean {
    if ((flagsAt(view, start) & Flag.PCRC) === 0) return true;
    if (payloadCrcMatches(bytes, view, start, end)) return true;
    const name = frameTypeName(typeAt(view, start));
    this.fail(LinkCode.PROTOCOL_ERROR, `the checksum of ${name} is wrong`);
    return false;
  }

  #publishRefused(bytes: Uint8Array, view: DataView, start: number): void {
    const route = routeAt(view, start);
    const meta = readMeta(bytes, view, start + HEADER_BYTES, payloadStart(view, start));
    const name =
      this.names.nameOf(route) ?? (meta.kind === "meta" ? meta.meta.name : undefined) ?? "";
    this.#events.publishRefused(name, view.getUint16(payloadStart(view, start)));
  }

  #goAway(payload: Uint8Array, code: number): void {
    const result = decodeControl(wire.GoAway, payload);
    if (result.kind === "fault") {
      this.fail(result.code, result.message);
      return;
    }
    const { lastStream, reason } = result.payload;
    this.draining = true;
    this.#events.draining(this, reason === "" ? `code ${code.toString(16)}` : reason);
    if (lastStream === NO_LIMIT) return;
    for (const stream of this.streams.values())
      if ((stream.id & 1) === 1 && stream.id > lastStream) {
        this.streams.delete(stream.id);
        stream.lost(
          new NexusError({
            code: "UNAVAILABLE",
            reason: "SHUTTING_DOWN",
            message: "the router went away before it took this in",
            notExecuted: true,
          }),
        );
      }
  }

  #peerError(payload: Uint8Array, code: number): void {
    const result = decodeControl(wire.Status, payload);
    const text = result.kind === "payload" ? result.payload.message : "";
    this.finish(unavailable(`the router ended the link with ${code.toString(16)}: ${text}`));
    this.channel.end();
  }

  #faulty(fault: FrameFault | undefined): void {
    if (fault !== undefined) this.fail(fault.code, fault.message);
  }

  #judge(verdict: FrameVerdict, type: number, id: number): void {
    if (verdict.kind === "link") this.fail(verdict.code, verdict.message);
    else if (verdict.kind === "refusal") this.#refuse(type, id, verdict.code, verdict.message);
  }

  #refuse(type: number, id: number, code: number, message: string): void {
    if (type !== FrameType.OPEN) {
      this.streams.get(id)?.refuse(code, message);
      return;
    }
    if (!this.#takePeerId(id)) return;
    const payload = wire.Status.encode({ message });
    const flags = Flag.END | Flag.NOEXEC;
    this.control({ type: FrameType.STATUS, flags, stream: id, arg: code, payload });
  }

  /** Ends the link because the peer broke a rule: says so, then closes. */
  fail(code: number, message: string): void {
    if (this.#over) return;
    const payload = wire.Status.encode({ message });
    this.control({ type: FrameType.ERROR, arg: code, payload });
    this.writer.flush();
    this.finish(unavailable(`the router broke the protocol: ${message}`));
    this.channel.end();
  }

  /** Ends every stream; the channel is closed by the caller. */
  finish(cause: NexusError): void {
    if (this.#over) return;
    this.#over = true;
    const streams = this.streams.values();
    this.streams.clear();
    this.#blocked.clear();
    for (const stream of streams) stream.lost(cause);
    this.#events.sessionEnded(this, cause);
  }

  /** An orderly end from our side. */
  close(): void {
    if (this.#over) return;
    this.control({ type: FrameType.CLOSE, arg: LinkCode.NO_ERROR });
    this.writer.flush();
    this.finish(errorOf(14, 0, "the link was closed"));
    this.channel.end();
  }
}

/** The link is not there; nothing is said about execution. */
export function unavailable(message: string): NexusError {
  return new NexusError({ code: "UNAVAILABLE", message });
}

/** Where the meta block of the frame at `start` lies, or undefined where there is none. */
export function metaOf(
  bytes: Uint8Array,
  view: DataView,
  start: number,
): ReturnType<typeof readMeta> | undefined {
  const length = metaLengthAt(view, start);
  if (length === 0) return undefined;
  return readMeta(bytes, view, start + HEADER_BYTES, start + HEADER_BYTES + length);
}
