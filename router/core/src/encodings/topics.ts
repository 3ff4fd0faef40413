/**
 * Encoded messages of topics: each subscriber gets them untouched where it reads them, translated where the router can, and a
 * GAP where it cannot. What is kept is kept plain, since nobody knows who will read it.
 */
import { crc32, Flag, GapReason, limits } from "@nexus-bridge/protocol";
import type { Ending } from "../calls/end.ts";
import type { Core } from "../core.ts";
import type { Link } from "../link.ts";
import type { EventMessage } from "../topics/event.ts";
import type { Target } from "../topics/topic-entry.ts";
import {
  damaged,
  type Encoding,
  type Payload,
  plainReader,
  type Reader,
  reads,
  transcode,
} from "./transcode.ts";

const encodingOf = ({ codec, flags }: EventMessage): Encoding => ({
  codec,
  isJson: (flags & Flag.JSON) !== 0,
});

const isPlain = ({ codec, flags }: EventMessage): boolean =>
  codec === 0 && (flags & Flag.JSON) === 0;

/** How a message of `sender` that not everybody reads is given to a subscription; undefined for a plain one. */
export function encodedDelivery(
  core: Core,
  message: EventMessage,
  sender: Link | undefined,
): ((target: Target) => void) | undefined {
  if (isPlain(message)) return undefined;
  const encoding = encodingOf(message);
  /** For readers without and with JSON: made for the first of each. */
  const made = new Map<boolean, EventMessage | undefined>();
  return (target) => {
    const { subscription } = target;
    const { link } = subscription;
    if (reads(link, encoding)) {
      subscription.deliver(message, target);
      return;
    }
    if (!made.has(link.hasJson)) made.set(link.hasJson, translated(core, message, sender, link));
    const fitted = made.get(link.hasJson);
    if (fitted === undefined) subscription.skip(target, GapReason.CODEC);
    else subscription.deliver(fitted, target);
  };
}

function translated(
  core: Core,
  message: EventMessage,
  sender: Link | undefined,
  { hasJson }: Reader,
): EventMessage | undefined {
  const payload = sender && payloadFor(core, message, sender, { ...plainReader, hasJson });
  if (payload === undefined || "code" in payload) return undefined;
  const fitted = { ...message, kept: undefined };
  put(fitted, payload);
  return fitted;
}

/** Makes `message` plain in place; why that cannot be otherwise. */
export function makePlain(core: Core, sender: Link, message: EventMessage): Ending | undefined {
  if (isPlain(message)) return undefined;
  const payload = payloadFor(core, message, sender, plainReader);
  if ("code" in payload) return payload;
  put(message, payload);
  return undefined;
}

function payloadFor(
  core: Core,
  message: EventMessage,
  sender: Link,
  reader: Reader,
): Payload | Ending {
  const { bytes, start, end, payloadCrc, topic } = message;
  const encoding = encodingOf(message);
  const payload = bytes.subarray(start, end);
  // An empty message is the same in every codec.
  if (payload.length === 0) return { bytes: payload, codec: 0, isJson: false };
  if (crc32(bytes, start, end) !== payloadCrc) return damaged;
  const schema = () => core.encodings.schemas?.topic(topic.name);
  const bytesMax = limits.frameBytes;
  return transcode(core, payload, { sender, encoding, reader, schema, bytesMax });
}

function put(message: EventMessage, { bytes, codec, isJson }: Payload): void {
  message.bytes = bytes;
  message.start = 0;
  message.end = bytes.length;
  message.codec = codec;
  message.payloadCrc = crc32(bytes, 0, bytes.length);
  message.flags = (message.flags & ~Flag.JSON) | (isJson ? Flag.JSON : 0);
  message.kept = undefined;
}
