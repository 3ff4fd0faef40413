/** protobuf's well-known types have forms of their own in JSON; the codec knows them all. */
import {
  AnyJson,
  BoolValueJson,
  BytesValueJson,
  DoubleValueJson,
  DurationJson,
  EmptyJson,
  FieldMaskJson,
  FloatValueJson,
  Int32ValueJson,
  Int64ValueJson,
  type JsonType,
  ListValueJson,
  StringValueJson,
  StructJson,
  TimestampJson,
  UInt32ValueJson,
  UInt64ValueJson,
  ValueJson,
} from "@nexus-bridge/codec";
import type { WellKnown } from "@nexus-bridge/schema";

/** A value of a type that only its own codec looks into. */
export type Opaque = unknown;

function opaque<T, Init>(type: JsonType<T, Init>): JsonType<Opaque> {
  return type as unknown as JsonType<Opaque>;
}

export const wellKnownTypes: Readonly<Record<WellKnown, JsonType<Opaque>>> = {
  timestamp: opaque(TimestampJson),
  duration: opaque(DurationJson),
  any: opaque(AnyJson),
  struct: opaque(StructJson),
  value: opaque(ValueJson),
  list_value: opaque(ListValueJson),
  empty: opaque(EmptyJson),
  field_mask: opaque(FieldMaskJson),
  double_value: opaque(DoubleValueJson),
  float_value: opaque(FloatValueJson),
  int64_value: opaque(Int64ValueJson),
  uint64_value: opaque(UInt64ValueJson),
  int32_value: opaque(Int32ValueJson),
  uint32_value: opaque(UInt32ValueJson),
  bool_value: opaque(BoolValueJson),
  string_value: opaque(StringValueJson),
  bytes_value: opaque(BytesValueJson),
};
