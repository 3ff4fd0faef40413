/** A small service for the tests of calls: one method of each kind. */
import { AliasAction, Flag, type FrameInit, FrameType } from "@nexus-bridge/protocol";
import type { Harness, Peer } from "./harness.ts";

export const SERVICE = "demo.Echo";
export const Method = {
  SAY: "demo.Echo/Say",
  PUT: "demo.Echo/Put",
  WATCH: "demo.Echo/Watch",
  CHAT: "demo.Echo/Chat",
} as const;

export const methods = [
  { name: "Say", kind: 1 },
  { name: "Put", kind: 2 },
  { name: "Watch", kind: 3 },
  { name: "Chat", kind: 4 },
];

/** A peer that has registered the service on stream 1. */
export function provider(harness: Harness): Peer {
  const peer = harness.peer().register(1, SERVICE, methods);
  peer.take();
  return peer;
}

/** OPEN of `method` by name. */
export const open = (stream: number, method: string, more: Partial<FrameInit> = {}): FrameInit => ({
  type: FrameType.OPEN,
  stream,
  meta: { name: method },
  ...more,
});

/** A unary OPEN with a message. */
export const unary = (stream: number, more: Partial<FrameInit> = {}): FrameInit =>
  open(stream, Method.SAY, { flags: Flag.END, payload: new Uint8Array(4), ...more });

export const bind = (route: number, name: string): FrameInit => ({
  type: FrameType.ALIAS,
  route,
  arg: AliasAction.BIND,
  meta: { name },
});
