/** The first frame of a link: HELLO, answered by WELCOME or ERROR. Nothing else is heard before it. */
import {
  decodeControl,
  encodeFrame,
  FrameType,
  frameTypeName,
  LinkCode,
  MAJOR,
  wire,
} from "@nexus-bridge/protocol";
import type { Core } from "../core.ts";
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
  enter(link, "open");
  core.greetings.delete(link);
  link.decoder.allowFullFrames();
  link.outbox.say(encodeFrame({ type: FrameType.WELCOME, payload: welcome(core, link) }));
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

function welcome(core: Core, link: Link): Uint8Array {
  const linkId = new Uint8Array(8);
  new DataView(linkId.buffer).setUint32(4, link.id);
  const { messageBytes, streamsPerLink, aliases } = core.limits;
  return wire.Welcome.encode({
    wire: MAJOR,
    routerId: core.routerId,
    linkId,
    limits: {
      messageBytesMax: BigInt(messageBytes),
      streamsMax: streamsPerLink,
      aliasesMax: aliases,
    },
    codecs: [0],
    heartbeatMs: link.heartbeatMs,
    routerVersion: core.version,
  });
}
