import { describe, expect, it } from "vitest";
import { encodeFrame, type FrameInit } from "./frame.ts";
import { frameVerdict } from "./frame-rules.ts";
import { Code, LinkCode } from "./gen/errors.ts";
import { Flag, FrameType, frameClass, Offset } from "./header.ts";

const payload = Uint8Array.of(1);
const open: FrameInit = { type: FrameType.OPEN, stream: 1, payload };

/** The verdict over a frame, after `change` has broken it. */
function verdict(init: FrameInit, change?: (view: DataView) => void) {
  const view = new DataView(encodeFrame(init).buffer);
  change?.(view);
  return frameVerdict(view, 0);
}
const setType = (type: number) => (view: DataView) => view.setUint8(Offset.type, type);
const setFlags = (flags: number) => (view: DataView) => view.setUint16(Offset.flags, flags);
const clearCrc = (view: DataView) => {
  view.setUint16(Offset.flags, 0);
  view.setUint32(Offset.payloadCrc, 0);
};
const link = (code: LinkCode) => ({ kind: "link", code });
const refusal = (code: Code) => ({ kind: "refusal", code });

describe("the rules of a single frame", () => {
  it("let every type pass on a stream that fits it", () => {
    for (const type of Object.values(FrameType)) {
      const onLink = type < FrameType.OPEN;
      const carries = type <= FrameType.PONG ? payload : undefined;
      const init: FrameInit = { type, stream: onLink ? 0 : 1, flags: onLink ? 0 : Flag.END };
      expect(verdict({ ...init, ...(carries && { payload: carries }) })).toBeUndefined();
    }
    expect(verdict({ type: FrameType.PUBLISH, payload })).toBeUndefined();
    expect(verdict({ type: FrameType.PUBACK, payload })).toBeUndefined();
    expect(verdict({ ...open, flags: Flag.MORE })).toBeUndefined();
  });

  it("ignore an unknown type that may be ignored, and refuse any other", () => {
    expect(verdict(open, (view) => setFlags(Flag.SKIP)(view) ?? setType(0x3f)(view))).toEqual({
      kind: "ignore",
    });
    expect(verdict(open, setType(0x3f))).toMatchObject(refusal(Code.UNIMPLEMENTED));
    expect(verdict({ type: FrameType.CLOSE }, setType(0x09))).toMatchObject(
      link(LinkCode.UNKNOWN_TYPE),
    );
  });

  it.each([8, 1024, 2048, 4096, 8192, 16384])("refuse reserved flag %d", (flag) => {
    expect(verdict({ ...open, flags: flag })).toMatchObject(refusal(Code.INVALID_ARGUMENT));
    expect(verdict({ type: FrameType.CLOSE, flags: flag })).toMatchObject(
      link(LinkCode.PROTOCOL_ERROR),
    );
  });

  it("refuse QoS 3 and codecs from 4", () => {
    for (const wrong of [frameClass(4, 3), frameClass(4, 0, 4), frameClass(4, 0, 7)])
      expect(verdict({ ...open, class: wrong })).toMatchObject(refusal(Code.INVALID_ARGUMENT));
    expect(verdict({ ...open, class: frameClass(7, 2, 3) })).toBeUndefined();
  });

  it.each<[string, FrameInit, ((view: DataView) => void)?]>([
    ["stream 0 on a call", { ...open, stream: 0 }],
    ["a stream on a link frame", { type: FrameType.CLOSE, stream: 1 }],
    ["MORE on a publish", { type: FrameType.PUBLISH, payload, flags: Flag.MORE }],
    ["a payload without CRC", open, clearCrc],
    ["a payload without CRC on GOAWAY", { type: FrameType.GOAWAY, payload }, clearCrc],
    ["a payload CRC without PCRC", open, setFlags(0)],
    ["DATA with neither message nor END", { type: FrameType.DATA, stream: 1 }],
  ])("end the link at %s", (_, init, change) => {
    expect(verdict(init, change)).toMatchObject(link(LinkCode.PROTOCOL_ERROR));
  });
});
