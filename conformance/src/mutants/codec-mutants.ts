/** Broken codecs, made of what a sound one answers. */
import { varint } from "../referee/protobuf.ts";
import type { Answer } from "../runner/adapter-process.ts";
import { idle, lying, okOf } from "./kinds.ts";
import type { Mutant } from "./mutant.ts";

/** The bytes that the codec makes of the message's bytes are changed. */
function bytes(name: string, killedBy: string, change: (bytes: Buffer) => Buffer): Mutant {
  return lying(`codec-${name}`, killedBy, (order, told) => {
    const { bytes: made } = okOf(told);
    if (order.op !== "codec.binary" || typeof made !== "string") return told;
    return { ok: { bytes: change(Buffer.from(made, "base64")).toString("base64") } };
  });
}

/** The JSON that the codec makes is changed. */
function json(name: string, killedBy: string, change: (text: string) => string): Mutant {
  return lying(`codec-${name}`, killedBy, (_, told) => {
    const { json: made } = okOf(told);
    return typeof made === "string" ? { ok: { json: change(made) } } : told;
  });
}

/** Bytes that are no message are taken for one. */
function accepting(name: string, killedBy: string): Mutant {
  return lying(`codec-${name}`, killedBy, (order: Answer, told: Answer) =>
    order.op === "codec.binary" && told.failed !== undefined ? { ok: { bytes: "" } } : told,
  );
}

/** The last bytes of the message in the other order. */
const reversedEnd =
  (count: number) =>
  (all: Buffer): Buffer =>
    Buffer.concat([all.subarray(0, -count), Buffer.from(all.subarray(-count)).reverse()]);

const nothing = (): Buffer => Buffer.alloc(0);
const scalar = "codec.binary.scalar.";

export const codecMutants: readonly Mutant[] = [
  bytes("swaps-fixed32", `${scalar}fixed32.one`, reversedEnd(4)),
  bytes("swaps-fixed64", `${scalar}fixed64.above-2-53`, reversedEnd(8)),
  bytes("rounds-doubles", `${scalar}double.largest`, (all) => {
    const copy = Buffer.from(all);
    copy.writeDoubleLE(Math.fround(copy.readDoubleLE(copy.length - 8)), copy.length - 8);
    return copy;
  }),
  bytes("loses-minus-zero", `${scalar}double.minus-zero`, nothing),
  bytes("writes-defaults", `${scalar}int32.zero`, () => Buffer.from("1800", "hex")),
  bytes("loses-optional-defaults", "codec.binary.optional.default-is-kept.int32", nothing),
  bytes("loses-chosen-defaults", "codec.binary.oneof.default-is-kept.string", nothing),
  bytes("cuts-varints-to-32-bits", `${scalar}uint64.above-2-53`, (all) =>
    Buffer.concat([all.subarray(0, 1), varint(9007199254740993n & 0xffffffffn)]),
  ),
  bytes("writes-negative-int32-in-5-bytes", `${scalar}int32.minus-one`, () =>
    Buffer.from("18ffffffff0f", "hex"),
  ),
  bytes("forgets-zigzag", `${scalar}sint32.one`, () => Buffer.from("3801", "hex")),
  bytes("reads-packed-only", "codec.binary.list.int32.unpacked-is-read", nothing),
  bytes("ignores-unknown-fields", "codec.binary.unknown.delimited", (all) => all.subarray(0, 3)),
  bytes("cuts-long-text", `${scalar}string.long-length`, (all) => all.subarray(0, 130)),
  bytes("ends-text-at-nul", `${scalar}string.nul`, () => Buffer.from("720161", "hex")),
  bytes("breaks-astral-letters", `${scalar}string.astral`, () =>
    Buffer.from("720861eda0bdedb88062", "hex"),
  ),
  bytes("swaps-key-and-value", "codec.binary.map.value.string.ascii", () =>
    Buffer.from("720a0a0568656c6c6f12016b", "hex"),
  ),
  bytes("keeps-longer-tags", "codec.binary.tag.longer-than-needed", () =>
    Buffer.from("8a000178", "hex"),
  ),
  bytes("loses-what-is-nested", `${scalar}message.nested`, () => Buffer.from("8a0100", "hex")),
  lying("codec-echoes-its-input", `${scalar}string.the-last-one-wins`, (order, told) =>
    order.op === "codec.binary" ? { ok: { bytes: order.bytes } } : told,
  ),
  accepting("does-not-check-utf8", "codec.binary.malformed.utf8.surrogate"),
  accepting("accepts-a-cut-off-varint", "codec.binary.malformed.varint.cut-off"),
  accepting("accepts-a-length-beyond-the-end", "codec.binary.malformed.length.one-too-long"),
  accepting("accepts-field-number-0", "codec.binary.malformed.tag.number-0"),
  accepting("accepts-groups-that-cross", "codec.binary.malformed.group.ended-by-another"),
  json("writes-int64-as-numbers", "codec.json.scalar.int64.above-2-53", (text) =>
    text.replaceAll(/"(-?\d+)"/g, "$1"),
  ),
  json("loses-unknown-enum-values", "codec.json.scalar.enum.unknown", () => "{}"),
  json("writes-enums-as-numbers", "codec.json.scalar.enum.named", (text) =>
    text.replace('"COLOUR_RED"', "1"),
  ),
  json("writes-nan-as-null", "codec.json.scalar.double.nan", (text) =>
    text.replace('"NaN"', "null"),
  ),
  json("writes-defaults-in-json", "codec.json.scalar.int32.zero", () => '{"fInt32":0}'),
  json("writes-names-with-underscores", "codec.json.scalar.int32.one", (text) =>
    text.replace("fInt32", "f_int32"),
  ),
  json("writes-bytes-without-padding", "codec.json.scalar.bytes.one", (text) =>
    text.replaceAll("=", ""),
  ),
  json("writes-bytes-in-the-url-alphabet", "codec.json.scalar.bytes.url-alphabet", (text) =>
    text.replaceAll("+", "-").replaceAll("/", "_"),
  ),
  idle("codec-answers-without-a-codec", "codec.json.scalar.string.ascii", (order) =>
    order.op === "codec.decode" ? { ok: { json: "{}" } } : undefined,
  ),
  lying("frame-encoder-forgets-the-crc", "frame.golden.ping.encoded", (order, told) => {
    const { bytes: made } = okOf(told);
    if (order.op !== "frame.again" || typeof made !== "string") return told;
    const copy = Buffer.from(made, "base64");
    copy.fill(0, 28, 32);
    return { ok: { bytes: copy.toString("base64") } };
  }),
  lying("frame-decoder-takes-whole-chunks-only", "frame.golden.ping[cut=header]", (order, told) =>
    order.op === "frame.decode" && Array.isArray(order.cuts)
      ? { ok: { frames: [], pending: 32 } }
      : told,
  ),
  lying("frame-decoder-swaps-the-stream", "frame.golden.in-a-row", (order, told) => {
    const { frames } = okOf(told);
    if (order.op !== "frame.decode" || !Array.isArray(frames)) return told;
    const swapped = frames.map((each: { readonly stream: number }) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(each.stream);
      return { ...each, stream: bytes.readUInt32BE() };
    });
    return { ok: { ...okOf(told), frames: swapped } };
  }),
];
