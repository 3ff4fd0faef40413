/** The first frame of a link: HELLO, answered by WELCOME or ERROR. Nothing else is heard before it. */
import {
  decodeControl,
  encodeFrame,
  FrameType,
  frameTypeName,
  LinkCode,
  limitRanges,
  MAJOR,
  wire,
} from "@nexus-bridge/protocol";
import type { Core } from "../core.ts";
import { Codec, JSON_CAPABILITY } from "../encodings/encodings.ts";
import { type FrameFault, protocolError } from "../faults.ts";
import { type Frame, payloadOf } from "../frame.ts";
import type { Link } from "../link.ts";
import { enter } from "./transitions.ts";

/** A client cannot ask for less, nor for more. */
const HEARTBEAT_MS_MIN = 5000;
const HEARTBEAT_MS_MAX = 600_000;
const CLIENT_NAME_MAX = 64;

export function greet(core: Core, link: Link, frame: Frame): FrameFault | undefined {
  if (frame.type !== FrameType.HELLO) {
    return protocolError(`the first frame is ${frameTypeName(frame.type)}, not HELLO`);
  }
  const decoded = decodeControl(wire.Hello, payloadOf(frame));
  if (decoded.kind === "fault") return protocolError(decoded.message);
  const hello = decoded.payload;
  const refusal = judge(hello);
  if (refusal !== undefined) return refusal;
  link.clientName = nameOf(hello);
  if (hello.heartbeatMs > 0) {
    link.heartbeatMs = Math.min(HEARTBEAT_MS_MAX, Math.max(HEARTBEAT_MS_MIN, hello.heartbeatMs));
  }
  const agreed = agree(core, link, hello);
  enter(link, "open");
  core.greetings.delete(link);
  link.decoder.allowFullFrames();
  link.outbox.say(encodeFrame({ type: FrameType.WELCOME, payload: welcome(core, link, agreed) }));
  core.emit({ kind: "welcomed", link: link.id, client: link.clientName });
  return undefined;
}

function judge(hello: wire.Hello): FrameFault | undefined {
  if (hello.wireMin > MAJOR || hello.wireMax < MAJOR) {
    return {
      code: LinkCode.UNSUPPORTED_VERSION,
      message: `the client speaks majors ${hello.wireMin} to ${hello.wireMax}, this router ${MAJOR} to ${MAJOR}`,
    };
  }
  if (hello.role !== "" && hello.role !== "client") {
    return {
      code: LinkCode.AUTH_FAILED,
      message: `role "${hello.role.slice(0, CLIENT_NAME_MAX)}" is not taken; this router has clients only`,
    };
  }
  return undefined;
}

function nameOf({ client }: wire.Hello): string {
  if (client === undefined) return "";
  const parts = [client.name, client.language, client.sdk, client.version];
  return parts
    .filter((part) => part !== "")
    .map((part) => part.slice(0, CLIENT_NAME_MAX))
    .join(" ");
}

/** What both ends have: the smaller of two limits, and of codecs and capabilities those that both know. */
interface Agreed {
  readonly messageBytes: number;
  readonly aliases: number;
  readonly codecs: number[];
  readonly capabilities: string[];
}

function agree(core: Core, link: Link, { limits, codecs, capabilities }: wire.Hello): Agreed {
  const { messageBytes, streamsPerLink, aliases } = core.limits;
  const aliasesMax = lower(aliases, limits?.aliasesMax ?? 0, 1);
  link.outboundAliases.lower(aliasesMax);
  link.streamsMax = lower(
    streamsPerLink,
    limits?.streamsMax ?? 0,
    limitRanges.streamsPerLink.minimum,
  );
  const hasZlib = core.encodings.inflate !== undefined && codecs.includes(Codec.ZLIB);
  if (hasZlib) link.codecs |= 1 << Codec.ZLIB;
  link.hasJson = capabilities.includes(JSON_CAPABILITY);
  const asked = Number(limits?.messageBytesMax ?? 0n);
  return {
    messageBytes: lower(messageBytes, asked, limitRanges.messageBytes.minimum),
    aliases: aliasesMax,
    codecs: hasZlib ? [Codec.NONE, Codec.ZLIB] : [Codec.NONE],
    capabilities: link.hasJson ? [JSON_CAPABILITY] : [],
  };
}

/** The client's limit where it is below the router's, 0 for none; nobody need live with less than `least`. */
const lower = (own: number, asked: number, least: number): number =>
  asked === 0 ? own : Math.min(own, Math.max(asked, least));

function welcome(core: Core, link: Link, agreed: Agreed): Uint8Array {
  const linkId = new Uint8Array(8);
  new DataView(linkId.buffer).setUint32(4, link.id);
  return wire.Welcome.encode({
    wire: MAJOR,
    routerId: core.routerId,
    linkId,
    limits: {
      messageBytesMax: BigInt(agreed.messageBytes),
      streamsMax: link.streamsMax,
      aliasesMax: agreed.aliases,
    },
    capabilities: agreed.capabilities,
    codecs: agreed.codecs,
    heartbeatMs: link.heartbeatMs,
    routerVersion: core.version,
  });
}
