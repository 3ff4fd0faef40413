/** The scalars of protobuf in Python: type, default, wire type, and the runtime's functions that read and write them. */
import type { Scalar } from "@nexus-bridge/schema";

export interface ScalarSpelling {
  readonly type: "int" | "float" | "bool" | "str" | "bytes";
  readonly defaultValue: string;
  readonly wire: 0 | 1 | 2 | 5;
  /** The code of Python's `array`, for packed fields of fixed width. */
  readonly arrayCode?: string;
}

const varint = { type: "int", defaultValue: "0", wire: 0 } as const;
const fixed32 = { type: "int", defaultValue: "0", wire: 5 } as const;
const fixed64 = { type: "int", defaultValue: "0", wire: 1 } as const;

export const scalars: Readonly<Record<Scalar, ScalarSpelling>> = {
  double: { type: "float", defaultValue: "0.0", wire: 1, arrayCode: "d" },
  float: { type: "float", defaultValue: "0.0", wire: 5, arrayCode: "f" },
  int32: varint,
  int64: varint,
  uint32: varint,
  uint64: varint,
  sint32: varint,
  sint64: varint,
  fixed32: { ...fixed32, arrayCode: "I" },
  fixed64: { ...fixed64, arrayCode: "Q" },
  sfixed32: { ...fixed32, arrayCode: "i" },
  sfixed64: { ...fixed64, arrayCode: "q" },
  bool: { type: "bool", defaultValue: "False", wire: 0 },
  string: { type: "str", defaultValue: '""', wire: 2 },
  bytes: { type: "bytes", defaultValue: 'b""', wire: 2 },
};

/** The bytes of a varint. */
export function varintBytes(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}
