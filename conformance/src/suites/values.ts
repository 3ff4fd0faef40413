/** Boundary values of every scalar type: what each is on the wire and in proto-JSON, written out by hand. */
import { fixed32, fixed64, varint } from "../referee/protobuf.ts";

export interface BoundaryValue {
  readonly label: string;
  /** The value's own bytes, without key and length. */
  readonly wire: Buffer;
  readonly json: unknown;
  /** What JSON must say, where there are several ways to say it: `-0`, and the shortest text of a float. */
  readonly told?: unknown;
  /** The type's default: left out where fields have no presence. */
  readonly zero?: true;
}

export interface ScalarType {
  readonly name: string;
  readonly number: number;
  /** 0 varint, 1 fixed 64, 2 delimited, 5 fixed 32. */
  readonly wireType: 0 | 1 | 2 | 5;
  readonly values: readonly BoundaryValue[];
}

const zigzag = (value: bigint): bigint => (value >= 0n ? value * 2n : -value * 2n - 1n);

function integers(
  encode: (value: bigint) => Buffer,
  isText: boolean,
  rows: readonly (readonly [label: string, value: bigint])[],
): readonly BoundaryValue[] {
  return rows.map(([label, value]) => ({
    label,
    wire: encode(value),
    json: isText ? String(value) : Number(value),
    ...(value === 0n ? { zero: true as const } : {}),
  }));
}

const small = [
  ["zero", 0n],
  ["one", 1n],
  ["two-bytes", 128n],
] as const;
const signed32 = [
  ...small,
  ["minus-one", -1n],
  ["max", 2147483647n],
  ["min", -2147483648n],
] as const;
const unsigned32 = [...small, ["above-int32", 2147483648n], ["max", 4294967295n]] as const;
const signed64 = [
  ...small,
  ["minus-one", -1n],
  ["above-2-53", 9007199254740993n],
  ["max", 9223372036854775807n],
  ["min", -9223372036854775808n],
] as const;
const unsigned64 = [
  ...small,
  ["above-2-53", 9007199254740993n],
  ["above-int64", 9223372036854775808n],
  ["max", 18446744073709551615n],
] as const;

function float(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

function double(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}

/** NaN is the canonical quiet one: its other bits are not preserved by every host. */
const floating = (
  encode: (value: number) => Buffer,
  more: readonly (readonly [string, number])[],
): readonly BoundaryValue[] => [
  { label: "zero", wire: encode(0), json: 0, zero: true },
  // -0 has presence: it is not the default.
  { label: "minus-zero", wire: encode(-0), json: -0, told: { $double: -0 } },
  { label: "one-and-a-half", wire: encode(1.5), json: 1.5 },
  { label: "infinity", wire: encode(Number.POSITIVE_INFINITY), json: "Infinity" },
  { label: "minus-infinity", wire: encode(Number.NEGATIVE_INFINITY), json: "-Infinity" },
  { label: "nan", wire: encode(Number.NaN), json: "NaN" },
  ...more.map(([label, value]) => ({
    label,
    wire: encode(value),
    json: value,
    told: encode === float ? { $float: value } : value,
  })),
];

const text = (label: string, value: string): BoundaryValue => ({
  label,
  wire: Buffer.from(value),
  json: value,
  ...(value === "" ? { zero: true as const } : {}),
});

const bytes = (label: string, hex: string): BoundaryValue => ({
  label,
  wire: Buffer.from(hex, "hex"),
  json: Buffer.from(hex, "hex").toString("base64"),
  ...(hex === "" ? { zero: true as const } : {}),
});

const bools: readonly BoundaryValue[] = [
  { label: "false", wire: varint(0), json: false, zero: true },
  { label: "true", wire: varint(1), json: true },
];

const strings: readonly BoundaryValue[] = [
  text("empty", ""),
  text("ascii", "hello"),
  text("two-byte-letters", "größe"),
  text("astral", "a\u{1F600}b"),
  text("nul", "a\u0000b"),
  text("long-length", "x".repeat(300)),
  text("line-separators", "\u2028\u2029"),
];

const blobs: readonly BoundaryValue[] = [
  bytes("empty", ""),
  bytes("one", "00"),
  bytes("not-utf8", "fffe80"),
  bytes("url-alphabet", "fbefbe"),
  bytes("long-length", "a5".repeat(300)),
];

const row = (
  name: string,
  number: number,
  wireType: ScalarType["wireType"],
  values: readonly BoundaryValue[],
): ScalarType => ({ name, number, wireType, values });

const u32 = (value: bigint): Buffer => fixed32(Number(BigInt.asUintN(32, value)));

/** In the order of the fields of `types.proto`. */
export const scalarTypes: readonly ScalarType[] = [
  row(
    "double",
    1,
    1,
    floating(double, [
      ["smallest", 5e-324],
      ["largest", 1.7976931348623157e308],
    ]),
  ),
  row(
    "float",
    2,
    5,
    floating(float, [
      ["largest", 3.4028234663852886e38],
      ["small", 1.401298464324817e-45],
    ]),
  ),
  row(
    "int32",
    3,
    0,
    integers((value) => varint(value), false, signed32),
  ),
  row(
    "int64",
    4,
    0,
    integers((value) => varint(value), true, signed64),
  ),
  row(
    "uint32",
    5,
    0,
    integers((value) => varint(value), false, unsigned32),
  ),
  row(
    "uint64",
    6,
    0,
    integers((value) => varint(value), true, unsigned64),
  ),
  row(
    "sint32",
    7,
    0,
    integers((value) => varint(zigzag(value)), false, signed32),
  ),
  row(
    "sint64",
    8,
    0,
    integers((value) => varint(zigzag(value)), true, signed64),
  ),
  row("fixed32", 9, 5, integers(u32, false, unsigned32)),
  row(
    "fixed64",
    10,
    1,
    integers((value) => fixed64(value), true, unsigned64),
  ),
  row("sfixed32", 11, 5, integers(u32, false, signed32)),
  row(
    "sfixed64",
    12,
    1,
    integers((value) => fixed64(value), true, signed64),
  ),
  row("bool", 13, 0, bools),
  row("string", 14, 2, strings),
  row("bytes", 15, 2, blobs),
  row("enum", 16, 0, [
    { label: "zero", wire: varint(0), json: "COLOUR_UNSPECIFIED", zero: true },
    { label: "named", wire: varint(1), json: "COLOUR_RED" },
    { label: "negative", wire: varint(-1), json: "COLOUR_BLUE" },
    { label: "unknown", wire: varint(77), json: 77 },
  ]),
  row("message", 17, 2, [
    { label: "empty", wire: Buffer.alloc(0), json: {} },
    { label: "named", wire: Buffer.from("0a0161", "hex"), json: { name: "a" } },
    {
      label: "nested",
      wire: Buffer.from("0a016112030a0162", "hex"),
      json: { name: "a", next: { name: "b" } },
    },
  ]),
];
