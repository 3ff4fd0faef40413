/** Writes one scalar of a type known only at run time. */
import type { Writer } from "@nexus-bridge/codec";
import type { DefaultValue } from "./linked.ts";
import type { Scalar } from "./model.ts";

const wireTypes: Readonly<Record<Scalar, 0 | 1 | 2 | 5>> = {
  double: 1,
  float: 5,
  int32: 0,
  int64: 0,
  uint32: 0,
  uint64: 0,
  sint32: 0,
  sint64: 0,
  fixed32: 5,
  fixed64: 1,
  sfixed32: 5,
  sfixed64: 1,
  bool: 0,
  string: 2,
  bytes: 2,
};

export function scalarTag(number: number, scalar: Scalar): number {
  return number * 8 + wireTypes[scalar];
}

export interface ScalarField {
  readonly scalar: Scalar;
  readonly tag: number;
  readonly value: DefaultValue;
}

export function writeScalar(writer: Writer, { scalar, tag, value }: ScalarField): void {
  switch (scalar) {
    case "bool":
      writer.bool(tag, value === true);
      return;
    case "string":
      writer.string(tag, `${value}`);
      return;
    case "bytes":
      if (value instanceof Uint8Array) writer.byteString(tag, value);
      return;
    case "int64":
    case "uint64":
    case "sint64":
    case "fixed64":
    case "sfixed64":
      if (typeof value === "bigint" || typeof value === "number")
        writer[scalar](tag, BigInt(value));
      return;
    default:
      writer[scalar](tag, Number(value));
  }
}
