/** What went over one link, frame by frame, for reports. It keeps a bounded head of each payload and drops nothing in silence. */
import { type Frame, type } from "./wire.ts";

const FRAMES_MAX = 400;
const HEX_BYTES_MAX = 96;

const names = new Map<number, string>(
  Object.entries(type).map(([name, number]) => [number, name.toUpperCase()]),
);

export const typeName = (number: number): string =>
  names.get(number) ?? `0x${number.toString(16).padStart(2, "0")}`;

export interface Heard {
  readonly link: string;
  readonly from: "sdk" | "referee" | "router";
  readonly text: string;
  readonly hex: string;
}

/** A frame as it was heard, for expectations about the whole of a case. */
export interface HeardFrame {
  readonly link: string;
  readonly from: Heard["from"];
  readonly frame: Frame;
}

const HEARD_MAX = 20_000;

export class Transcript {
  readonly entries: Heard[] = [];
  readonly frames: HeardFrame[] = [];
  left = 0;

  add(link: string, from: Heard["from"], frame: Frame): void {
    if (this.frames.length < HEARD_MAX) this.frames.push({ link, from, frame });
    if (this.entries.length >= FRAMES_MAX) {
      this.left += 1;
      return;
    }
    const { payload } = frame;
    const cut = payload.length > HEX_BYTES_MAX ? "..." : "";
    const hex = payload.toString("hex", 0, HEX_BYTES_MAX) + cut;
    this.entries.push({ link, from, text: lineOf(frame), hex });
  }

  note(link: string, from: Heard["from"], text: string): void {
    if (this.entries.length < FRAMES_MAX) this.entries.push({ link, from, text, hex: "" });
  }
}

function lineOf(frame: Frame): string {
  const parts = [
    typeName(frame.type),
    `flags ${frame.flags.toString(16)}`,
    `class ${frame.class.toString(16)}`,
    `hops ${frame.hops}`,
    `stream ${frame.stream}`,
    `route ${frame.route}`,
    `arg ${frame.arg}`,
    `meta ${frame.meta.length === 0 ? "-" : frame.meta.toString("hex")}`,
    `payload ${frame.payload.length} bytes`,
  ];
  return parts.join(" · ");
}
