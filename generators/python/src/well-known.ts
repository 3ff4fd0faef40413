/** The messages of google.protobuf that the runtime has values for: how a field of them is spelt, and its functions. */
import type { WellKnown } from "@nexus-bridge/schema";

export interface WellKnownSpelling {
  /** Of a value; `{}` stands for the runtime's module. Builtins are named in `builtin`. */
  readonly type: string;
  readonly builtin: boolean;
  /** An expression for a new value. */
  readonly create: string;
  /** The class, where a method takes or gives one itself. */
  readonly message: string;
  /** The functions are `write_<codec>` and `read_<codec>`; absent where they hang at the class. */
  readonly codec?: string;
}

function runtimeClass(name: string): WellKnownSpelling {
  return { type: `_gen1.${name}`, builtin: false, create: `_gen1.${name}()`, message: name };
}

function wrapper(name: string, type: string, create: string, codec: string): WellKnownSpelling {
  return { type, builtin: true, create, message: name, codec };
}

export const wellKnowns: Readonly<Record<WellKnown, WellKnownSpelling>> = {
  timestamp: runtimeClass("Timestamp"),
  duration: runtimeClass("Duration"),
  any: runtimeClass("Any"),
  empty: runtimeClass("Empty"),
  field_mask: runtimeClass("FieldMask"),
  struct: {
    type: "dict[str, _gen1.JsonValue]",
    builtin: false,
    create: "{}",
    message: "Struct",
    codec: "struct",
  },
  value: {
    type: "_gen1.JsonValue",
    builtin: false,
    create: "None",
    message: "Value",
    codec: "value",
  },
  list_value: {
    type: "list[_gen1.JsonValue]",
    builtin: false,
    create: "[]",
    message: "ListValue",
    codec: "list_value",
  },
  double_value: wrapper("DoubleValue", "float", "0.0", "double_value"),
  float_value: wrapper("FloatValue", "float", "0.0", "float_value"),
  int64_value: wrapper("Int64Value", "int", "0", "int64_value"),
  uint64_value: wrapper("UInt64Value", "int", "0", "uint64_value"),
  int32_value: wrapper("Int32Value", "int", "0", "int32_value"),
  uint32_value: wrapper("UInt32Value", "int", "0", "uint32_value"),
  bool_value: wrapper("BoolValue", "bool", "False", "bool_value"),
  string_value: wrapper("StringValue", "str", '""', "string_value"),
  bytes_value: wrapper("BytesValue", "bytes", 'b""', "bytes_value"),
};
