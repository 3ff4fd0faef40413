/**
 * What can be said of a frame without knowing its link's state: whether its type is known, its reserved bits are zero, its
 * stream fits its type and its payload carries a CRC. Ids, credit and contents are judged by who keeps that state.
 */
import { Code, LinkCode } from "./gen/errors.ts";
import {
  classAt,
  codecOf,
  Flag,
  FrameType,
  flagsAt,
  frameTypeName,
  isLinkType,
  metaLengthAt,
  payloadCrcAt,
  qosOf,
  RESERVED_FLAGS,
  streamAt,
  typeAt,
} from "./header.ts";

/**
 * `link` ends it with ERROR; `refusal` ends the stream the way its type has (STATUS, CANCEL, PUBACK, ...); `ignore` drops the
 * frame alone.
 */
export type FrameVerdict =
  | { readonly kind: "link"; readonly code: LinkCode; readonly message: string }
  | { readonly kind: "refusal"; readonly code: Code; readonly message: string }
  | { readonly kind: "ignore" };

const IGNORE: FrameVerdict = { kind: "ignore" };
const known = new Uint8Array(256);
for (const type of Object.values(FrameType)) known[type] = 1;

/** The verdict over the frame at `start`, undefined where there is nothing to say against it. */
export function frameVerdict(view: DataView, start: number): FrameVerdict | undefined {
  const type = typeAt(view, start);
  const flags = flagsAt(view, start);
  if (known[type] !== 1) return unknownType(type, flags, streamAt(view, start));
  const frameClass = classAt(view, start);
  if ((flags & RESERVED_FLAGS) !== 0 || qosOf(frameClass) === 3 || codecOf(frameClass) > 3)
    return reservedBits(type);
  const stream = streamAt(view, start);
  if (!streamFits(type, stream)) return broken(type, `on stream ${stream}`);
  if ((flags & Flag.MORE) !== 0 && type !== FrameType.OPEN && type !== FrameType.DATA)
    return broken(type, "with MORE");
  const payload = view.getUint32(start) - metaLengthAt(view, start);
  if ((flags & Flag.PCRC) === 0) {
    if (payload > 0 && type >= FrameType.GOAWAY) return broken(type, "with a payload without CRC");
    if (payloadCrcAt(view, start) !== 0) return broken(type, "with a payload CRC and no PCRC");
    if (type === FrameType.DATA && (flags & Flag.END) === 0)
      return broken(type, "without a message and without END");
  }
  return undefined;
}

function unknownType(type: number, flags: number, stream: number): FrameVerdict {
  if ((flags & Flag.SKIP) !== 0) return IGNORE;
  const message = `unknown frame type ${frameTypeName(type)}`;
  return stream === 0
    ? { kind: "link", code: LinkCode.UNKNOWN_TYPE, message }
    : { kind: "refusal", code: Code.UNIMPLEMENTED, message };
}

function reservedBits(type: number): FrameVerdict {
  const message = `${frameTypeName(type)} with a reserved flag, QoS or codec`;
  return isLinkType(type)
    ? { kind: "link", code: LinkCode.PROTOCOL_ERROR, message }
    : { kind: "refusal", code: Code.INVALID_ARGUMENT, message };
}

function streamFits(type: number, stream: number): boolean {
  if (isLinkType(type)) return stream === 0;
  return stream !== 0 || type === FrameType.PUBLISH || type === FrameType.PUBACK;
}

function broken(type: number, what: string): FrameVerdict {
  return {
    kind: "link",
    code: LinkCode.PROTOCOL_ERROR,
    message: `${frameTypeName(type)} ${what}`,
  };
}
