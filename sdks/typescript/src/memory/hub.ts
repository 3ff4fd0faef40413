/**
 * What stands in for a router inside one process: services, calls and topics of QoS 0 between its links, frame by frame. It
 * keeps no time and no limits of its own; deadlines and cancellation are the links'.
 */
import {
  argAt,
  type Channel,
  Code,
  classAt,
  codeOf,
  encodeFrame,
  encodePublishAck,
  Flag,
  FrameType,
  LinkCode,
  Reason,
  routeAt,
  streamAt,
  typeAt,
  wire,
} from "@nexus-bridge/protocol";
import { HubPeer } from "./hub-peer.ts";
import { HubTopics } from "./hub-topics.ts";

export interface HubOptions {
  /** The last link left. */
  readonly emptied?: () => void;
}

interface Provider {
  readonly peer: HubPeer;
  readonly id: number;
}

/** Where the frames of a stream go. */
interface CallEnd {
  readonly peer: HubPeer;
  readonly id: number;
}

export class Hub {
  readonly #options: HubOptions;
  readonly #peers = new Set<HubPeer>();
  readonly #providers = new Map<string, Provider[]>();
  readonly #topics = new HubTopics();
  /** Both ends of every call. */
  readonly #calls = new Map<HubPeer, Map<number, CallEnd>>();

  constructor(options: HubOptions) {
    this.#options = options;
  }

  attach(channel: Channel): void {
    const peer = new HubPeer(channel, {
      frame: (bytes, view, start, end) => this.#frame(peer, bytes, view, start, end),
      gone: () => this.#gone(peer),
    });
    this.#peers.add(peer);
    this.#calls.set(peer, new Map());
    peer.start();
  }

  #frame(peer: HubPeer, bytes: Uint8Array, view: DataView, start: number, end: number): void {
    const type = typeAt(view, start);
    const id = streamAt(view, start);
    switch (type) {
      case FrameType.OPEN:
        this.#open(peer, id, bytes.slice(start, end));
        return;
      case FrameType.REGISTER:
        this.#register(peer, id, wire.Register.decode(peer.payload(bytes, view, start, end)));
        return;
      case FrameType.UNREGISTER:
        this.#withdraw(peer, id);
        peer.send({ type: FrameType.UNREGISTERED, stream: id });
        return;
      case FrameType.SUBSCRIBE: {
        const asked = wire.Subscribe.decode(peer.payload(bytes, view, start, end));
        this.#topics.subscribe(peer, id, argAt(view, start), asked);
        return;
      }
      case FrameType.UNSUBSCRIBE:
        this.#topics.unsubscribe(peer, id);
        peer.send({ type: FrameType.UNSUBSCRIBED, stream: id });
        return;
      case FrameType.PUBLISH: {
        if (id !== 0) {
          const ack = { code: Code.UNIMPLEMENTED, epoch: 0, sequence: 0 };
          const arg = argAt(view, start);
          peer.send({
            type: FrameType.PUBACK,
            class: classAt(view, start),
            stream: id,
            arg,
            payload: encodePublishAck(ack),
          });
          return;
        }
        const topic = peer.nameOf(bytes, view, start);
        if (topic !== undefined) this.#topics.publish(topic, bytes, view, start, end);
        return;
      }
      case FrameType.PING:
        peer.send({ type: FrameType.PONG, payload: peer.payload(bytes, view, start, end).slice() });
        return;
      case FrameType.CREDIT:
        if (this.#topics.credit(peer, id, view, start)) return;
        this.#forward(peer, id, bytes.slice(start, end));
        return;
      case FrameType.DATA:
      case FrameType.STATUS:
      case FrameType.HEADERS:
      case FrameType.CANCEL:
        this.#forward(peer, id, bytes.slice(start, end));
        return;
      default:
        peer.fail(LinkCode.UNKNOWN_TYPE, `a memory link does not know frame type ${type}`);
    }
  }

  #open(peer: HubPeer, id: number, frame: Uint8Array): void {
    const view = new DataView(frame.buffer);
    const path = peer.nameOf(frame, view, 0);
    const refuse = (code: number, reason: number, message: string): void =>
      peer.send({
        type: FrameType.STATUS,
        flags: Flag.END | Flag.NOEXEC,
        stream: id,
        arg: code,
        payload: wire.Status.encode({ message, reason }),
      });
    if (path === undefined) {
      refuse(Code.INVALID_ARGUMENT, 0, "OPEN names no method");
      return;
    }
    const service = path.slice(0, path.lastIndexOf("/"));
    const providers = this.#providers.get(service) ?? [];
    const provider = providers.shift();
    if (provider === undefined) {
      refuse(Code.UNAVAILABLE, Reason.NO_PROVIDER, `nobody on this memory link serves ${path}`);
      return;
    }
    providers.push(provider);
    const target = provider.peer;
    const there = target.takeId();
    this.#calls.get(peer)?.set(id, { peer: target, id: there });
    this.#calls.get(target)?.set(there, { peer, id });
    target.forward(frame, there, routeAt(view, 0) === 0 ? 0 : target.aliasOf(path));
  }

  #forward(peer: HubPeer, id: number, frame: Uint8Array): void {
    const calls = this.#calls.get(peer);
    const other = calls?.get(id);
    if (other === undefined) return;
    const view = new DataView(frame.buffer);
    const type = typeAt(view, 0);
    // Our ids are even: a frame on an even one comes from the responder.
    const ends = type === FrameType.DATA && (view.getUint16(6) & Flag.END) !== 0 && (id & 1) === 0;
    if (ends || type === FrameType.STATUS || type === FrameType.CANCEL) {
      calls?.delete(id);
      this.#calls.get(other.peer)?.delete(other.id);
    }
    other.peer.forward(frame, other.id, 0);
  }

  #register(peer: HubPeer, id: number, asked: wire.Register): void {
    const providers = this.#providers.get(asked.service) ?? [];
    providers.push({ peer, id });
    this.#providers.set(asked.service, providers);
    peer.send({
      type: FrameType.REGISTERED,
      stream: id,
      arg: codeOf(Code.OK),
      payload: wire.Registered.encode({}),
    });
  }

  #withdraw(peer: HubPeer, id: number | undefined): void {
    for (const [service, providers] of this.#providers) {
      const left = providers.filter(
        (each) => each.peer !== peer || (id !== undefined && each.id !== id),
      );
      if (left.length === 0) this.#providers.delete(service);
      else this.#providers.set(service, left);
    }
  }

  #gone(peer: HubPeer): void {
    this.#peers.delete(peer);
    this.#withdraw(peer, undefined);
    this.#topics.gone(peer);
    const calls = this.#calls.get(peer);
    this.#calls.delete(peer);
    for (const other of calls?.values() ?? []) {
      this.#calls.get(other.peer)?.delete(other.id);
      other.peer.write(lostCall(other.id));
    }
    if (this.#peers.size === 0) this.#options.emptied?.();
  }
}

/** What the other side of a call is told: the caller a status, the responder a cancellation. */
function lostCall(id: number): Uint8Array {
  if ((id & 1) === 0)
    return encodeFrame({ type: FrameType.CANCEL, stream: id, arg: Code.CANCELLED });
  return encodeFrame({
    type: FrameType.STATUS,
    flags: Flag.END,
    stream: id,
    arg: Code.UNAVAILABLE,
    payload: wire.Status.encode({ message: "the provider left", reason: Reason.PROVIDER_LOST }),
  });
}
