/**
 * A channel whose peer writes and reads JSON lines, as the router's core sees it: binary frames in and out. It answers what a
 * person cannot, which is heartbeats, aliases and byte credit, and judges nothing that the router judges itself.
 */
import {
  AliasAction,
  type Channel,
  type ChannelEvents,
  Code,
  decodeHeader,
  encodeCredit,
  encodeFrame,
  Flag,
  type FrameInit,
  FrameType,
  HEADER_BYTES,
  LinkCode,
  limits,
  PREFACE_BYTES,
  packCode,
  preface,
  Reason,
  readMeta,
} from "@nexus-bridge/protocol";
import type { MessageSchema, MessageSchemas } from "@nexus-bridge/router-core";
import { bytesOf, faultLine, frameFromLine, type LineFrame, lineOf } from "./frame-json.ts";
import { LineFault } from "./line-fault.ts";
import { Lines } from "./lines.ts";
import { Pace } from "./pace.ts";
import { Streams } from "./streams.ts";

/** A channel of frames over `lines`, which are read at most so fast. */
export function debugChannel(
  lines: Channel,
  schemas: MessageSchemas | undefined,
  bytesPerSecond: number = limits.translatedBytesPerSecond,
): Channel {
  return new DebugChannel(lines, schemas, bytesPerSecond);
}

/** A line before WELCOME: text is longer than the frame that it becomes. */
const GREETING_BYTES_MAX = 2 * limits.frameBytesBeforeWelcome;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });
const messageTypes: ReadonlySet<number> = new Set([FrameType.OPEN, FrameType.DATA]);

class DebugChannel implements Channel {
  readonly transport = "json";
  readonly #inner: Channel;
  readonly #schemas: MessageSchemas | undefined;
  readonly #lines = new Lines(GREETING_BYTES_MAX);
  readonly #streams = new Streams();
  /** What the router bound; it keeps to the limits of a link. */
  readonly #aliases = new Map<number, string>();
  #events: ChannelEvents | undefined;
  #prefaceBytes = PREFACE_BYTES;
  #lineCount = 0;
  #faults = 0;
  /** Nothing more is read: the peer, or this channel, has had enough. */
  #isOver = false;

  readonly #pace: Pace;
  #isWaiting = false;
  #isPaused = false;

  constructor(inner: Channel, schemas: MessageSchemas | undefined, bytesPerSecond: number) {
    this.#inner = inner;
    this.#schemas = schemas;
    this.#pace = new Pace(bytesPerSecond);
  }

  get remote(): string {
    return this.#inner.remote;
  }

  start(events: ChannelEvents): void {
    this.#events = events;
    events.data(preface());
    this.#inner.start({
      data: (bytes) => this.#read(bytes),
      ended: () => this.#end(),
      closed: (cause) => {
        this.#isOver = true;
        this.#events = undefined;
        events.closed(cause);
      },
    });
  }

  pause(): void {
    this.#isPaused = true;
    this.#inner.pause();
  }

  resume(): void {
    this.#isPaused = false;
    if (!this.#isWaiting) this.#inner.resume();
  }

  /** Leaves what comes unread until the writer has earned it. */
  #wait(ms: number): void {
    if (ms === 0 || this.#isWaiting) return;
    this.#isWaiting = true;
    this.#inner.pause();
    const again = () => {
      this.#isWaiting = false;
      if (!this.#isPaused) this.#inner.resume();
    };
    setTimeout(again, ms).unref();
  }

  end(): void {
    this.#isOver = true;
    this.#inner.end();
  }

  destroy(cause?: Error): void {
    this.#inner.destroy(cause);
  }

  write(bytes: Uint8Array, written?: () => void): boolean {
    let text = "";
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const skipped = Math.min(this.#prefaceBytes, bytes.length);
    this.#prefaceBytes -= skipped;
    for (let at = skipped; at < bytes.length; ) {
      const end = at + HEADER_BYTES + view.getUint32(at);
      text += this.#heard(this.#frameAt(bytes, view, at, end));
      at = end;
    }
    if (text === "") {
      if (written !== undefined) queueMicrotask(written);
      return true;
    }
    return this.#inner.write(encoder.encode(text), written);
  }

  #read(bytes: Uint8Array): void {
    if (this.#isOver) {
      // The core counts what still comes behind the end.
      this.#events?.data(bytes);
      return;
    }
    const isShort = this.#lines.push(bytes, (line) => this.#line(line));
    this.#wait(this.#pace.spend(bytes.length, performance.now()));
    if (isShort) return;
    this.#fail(LinkCode.FRAME_TOO_LARGE, `a line has at most ${this.#lines.bytesMax} bytes`);
  }

  #line(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#lineCount++;
    try {
      const text = textOf(bytes).trim();
      if (text !== "") this.#say(frameFromLine(text, (frame) => this.#schemaOf(frame, true)));
    } catch (error) {
      if (!(error instanceof LineFault)) throw error;
      this.#faults++;
      const left = limits.jsonFaultsPerLink - this.#faults;
      this.#inner.write(encoder.encode(faultLine(error, this.#lineCount, left)));
      if (left <= 0) this.#fail(LinkCode.RATE_LIMITED, "too many lines could not be read");
    }
  }

  #say(frame: LineFrame): void {
    const { type, payload } = frame;
    if (messageTypes.has(type) && (payload?.length ?? 0) > limits.fragmentBytes) {
      const message = `a message of a call has at most ${limits.fragmentBytes} bytes in a line: lines have no fragments`;
      throw new LineFault({ key: "p" }, message);
    }
    this.#events?.data(bytesOf(this.#streams.said(frame)));
  }

  /** The line for a frame of the router; empty where this channel answers it itself. */
  #heard(frame: LineFrame): string {
    if (this.#answers(frame)) return "";
    // Asked before the frame is noted: it may be the last of its call.
    const schema = this.#schemaOf(frame, false);
    const collected = this.#streams.heard(frame);
    if (collected.kind === "too_large") return this.#refuse(frame);
    const credit = this.#streams.creditFor(frame);
    if (credit !== undefined) {
      const payload = encodeCredit({ messages: 0, bytes: credit });
      this.#inject({ type: FrameType.CREDIT, stream: frame.stream, payload });
    }
    if (this.#isHalfOpen && this.#streams.ownCalls === 0) this.#leave();
    if (collected.kind === "partial") return "";
    return lineOf(collected.frame, () => schema);
  }

  #answers(frame: LineFrame): boolean {
    const { type, arg, route = 0, name, payload } = frame;
    if (type === FrameType.ALIAS) {
      if (arg === AliasAction.BIND && name !== undefined) this.#aliases.set(route, name);
      else if (arg === AliasAction.FREE) {
        this.#aliases.delete(route);
        this.#inject({ type, route, arg: AliasAction.FREED });
      }
      return true;
    }
    if (type === FrameType.WELCOME) this.#lines.bytesMax = limits.jsonLineBytes;
    if (type !== FrameType.PING) return false;
    // Who reads no more is not kept alive for ever.
    if (!this.#isHalfOpen && payload !== undefined) this.#inject({ type: FrameType.PONG, payload });
    return true;
  }

  /** Ends a call whose message no line can carry, for both sides. */
  #refuse({ stream }: LineFrame): string {
    const arg = packCode(Code.RESOURCE_EXHAUSTED, Reason.TOO_LARGE);
    this.#inject({ type: FrameType.CANCEL, stream, arg });
    return lineOf(
      { type: FrameType.CANCEL, flags: 0, stream, arg, name: undefined },
      () => undefined,
    );
  }

  #schemaOf(frame: LineFrame, isSaid: boolean): MessageSchema | undefined {
    const { type, stream, name } = frame;
    if (type === FrameType.PUBLISH || type === FrameType.EVENT)
      return name === undefined ? undefined : this.#schemas?.topic(name);
    const method = type === FrameType.OPEN ? name : this.#streams.methodOf(stream);
    const types = method === undefined ? undefined : this.#schemas?.method(method);
    const isRequest = type === FrameType.OPEN || ((stream & 1) === 1) === isSaid;
    return isRequest ? types?.request : types?.response;
  }

  #frameAt(bytes: Uint8Array, view: DataView, at: number, end: number): LineFrame {
    const header = decodeHeader(view, at);
    const payloadAt = at + HEADER_BYTES + header.metaLength;
    const read = readMeta(bytes, view, at + HEADER_BYTES, payloadAt);
    const meta = read.kind === "meta" ? read.meta : {};
    const hasPayload = end > payloadAt || (header.flags & Flag.PCRC) !== 0;
    return {
      type: header.type as FrameType,
      flags: header.flags,
      class: header.class,
      stream: header.stream,
      route: header.route,
      arg: header.arg,
      name: meta.name ?? this.#aliases.get(header.route),
      meta,
      ...(hasPayload && { payload: bytes.subarray(payloadAt, end) }),
    };
  }

  /** Sends a frame to the core in a task of its own: it may be writing. */
  #inject(frame: FrameInit): void {
    queueMicrotask(() => {
      if (!this.#isOver) this.#events?.data(encodeFrame(frame));
    });
  }

  /** The peer writes no more lines, but may wait for answers. */
  #end(): void {
    this.#isHalfOpen = true;
    if (this.#streams.ownCalls === 0) this.#leave();
  }
  #isHalfOpen = false;

  #leave(): void {
    queueMicrotask(() => {
      if (this.#isOver) return;
      this.#events?.ended();
    });
  }

  /** A fault that this channel finds itself ends the link as the core would end it. */
  #fail(code: number, message: string): void {
    const frame = { type: FrameType.ERROR, flags: 0, stream: 0, arg: code, name: undefined };
    const line = { ...JSON.parse(lineOf(frame, () => undefined)), p: { message } };
    this.#inner.write(encoder.encode(`${JSON.stringify(line)}\n`));
    this.#isOver = true;
    this.#events?.ended();
  }
}

function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new LineFault({}, "the line is not UTF-8");
  }
}
