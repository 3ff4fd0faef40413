/** The hub's end of one link: greeting, aliases both ways, ids, and frames in and out. */
import {
  AliasAction,
  AliasReceiver,
  AliasSender,
  argAt,
  type Channel,
  encodeFrame,
  FrameDecoder,
  type FrameFault,
  type FrameInit,
  FrameType,
  HEADER_BYTES,
  LinkCode,
  type LinkCode as LinkCodeNumber,
  Offset,
  PrefaceReader,
  payloadStart,
  preface,
  readMeta,
  routeAt,
  sealHeader,
  typeAt,
  wire,
} from "@nexus-bridge/protocol";

export interface HubPeerEvents {
  frame(bytes: Uint8Array, view: DataView, start: number, end: number): void;
  gone(): void;
}

export class HubPeer {
  readonly #channel: Channel;
  readonly #events: HubPeerEvents;
  readonly #preface = new PrefaceReader();
  readonly #names = new AliasReceiver<undefined>();
  readonly #aliases = new AliasSender();
  readonly #decoder: FrameDecoder;
  #greeted = false;
  #nextId = 2;

  constructor(channel: Channel, events: HubPeerEvents) {
    this.#channel = channel;
    this.#events = events;
    this.#decoder = new FrameDecoder((bytes, view, start, end) =>
      this.#frame(bytes, view, start, end),
    );
  }

  start(): void {
    this.#channel.start({
      data: (bytes) => {
        const taken = this.#preface.complete ? 0 : this.#preface.take(bytes);
        if (taken < 0) {
          this.#channel.destroy(new Error("no preface"));
          return;
        }
        const fault = this.#decoder.push(bytes.subarray(taken));
        if (fault !== undefined) this.fail(fault.code, fault.message);
      },
      ended: () => this.#channel.end(),
      closed: () => this.#events.gone(),
    });
  }

  takeId(): number {
    const id = this.#nextId;
    this.#nextId += 2;
    return id;
  }

  send(init: FrameInit): void {
    this.write(encodeFrame(init));
  }

  write(frame: Uint8Array): void {
    this.#channel.write(frame);
  }

  /** Sends a copy of another peer's frame as one of ours. */
  forward(frame: Uint8Array, stream: number, route: number): void {
    const view = new DataView(frame.buffer);
    view.setUint32(Offset.stream, stream);
    view.setUint32(Offset.route, route);
    sealHeader(frame, view, 0);
    this.#channel.write(frame);
  }

  /** The alias that the peer knows for `name`; 0 where none is left. */
  aliasOf(name: string): number {
    const { alias, bind } = this.#aliases.use(name);
    if (bind)
      this.send({
        type: FrameType.ALIAS,
        route: alias,
        arg: AliasAction.BIND,
        meta: { name },
      });
    return alias;
  }

  /** The method or topic of a frame. */
  nameOf(bytes: Uint8Array, view: DataView, start: number): string | undefined {
    const alias = routeAt(view, start);
    if (alias !== 0) return this.#names.name(alias);
    const meta = readMeta(bytes, view, start + HEADER_BYTES, payloadStart(view, start));
    return meta.kind === "meta" ? meta.meta.name : undefined;
  }

  payload(bytes: Uint8Array, view: DataView, start: number, end: number): Uint8Array {
    return bytes.subarray(payloadStart(view, start), end);
  }

  fail(code: LinkCodeNumber, message: string): void {
    this.send({ type: FrameType.ERROR, arg: code, payload: wire.Status.encode({ message }) });
    this.#channel.end();
  }

  #frame(bytes: Uint8Array, view: DataView, start: number, end: number): FrameFault | undefined {
    const type = typeAt(view, start);
    if (!this.#greeted) {
      if (type !== FrameType.HELLO)
        return { code: LinkCode.PROTOCOL_ERROR, message: "the first frame is not HELLO" };
      this.#greet();
    } else if (type === FrameType.ALIAS) this.#alias(bytes, view, start);
    else if (type === FrameType.CLOSE) this.#channel.end();
    else this.#events.frame(bytes, view, start, end);
    return undefined;
  }

  #greet(): void {
    this.#greeted = true;
    this.#decoder.allowFullFrames();
    const welcome = encodeFrame({
      type: FrameType.WELCOME,
      payload: wire.Welcome.encode({ wire: 1, codecs: [0], routerVersion: "memory" }),
    });
    this.#channel.write(preface());
    this.#channel.write(welcome);
  }

  #alias(bytes: Uint8Array, view: DataView, start: number): void {
    const alias = routeAt(view, start);
    if (argAt(view, start) === AliasAction.FREED) {
      this.#aliases.freed(alias);
      return;
    }
    const meta = readMeta(bytes, view, start + HEADER_BYTES, payloadStart(view, start));
    const name = meta.kind === "meta" ? meta.meta.name : undefined;
    const problem =
      name === undefined ? "ALIAS without a name" : this.#names.bind(alias, name, undefined);
    if (problem !== undefined) this.fail(LinkCode.ALIAS_ERROR, problem);
  }
}
