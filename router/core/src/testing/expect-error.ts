/** What the tests of links say often. */
import { FrameType, wire } from "@nexus-bridge/protocol";
import { expect } from "vitest";
import { type Peer, utf8 } from "./harness.ts";

/** The router has said ERROR with `code` and a reason in words, and nothing after it. */
export function expectError(peer: Peer, code: number): void {
  const frames = peer.take();
  expect(frames.at(-1)).toMatchObject({ type: FrameType.ERROR, arg: code });
  const { message } = wire.Status.decode(frames.at(-1)?.payload ?? utf8(""));
  expect(message).not.toBe("");
  expect(peer.channel.isEnded).toBe(true);
}
