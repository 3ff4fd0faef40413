/** A message of a schema known only at run time: values by field, in the types generated code would use. */
import type { Field } from "@nexus-bridge/schema";
import type { ScalarValue } from "./scalar.ts";
import type { Opaque } from "./well-known.ts";

export interface DynamicMessage {
  readonly values: Map<Field, DynamicValue>;
  /** Fields the schema does not know, as they came. */
  unknown?: Uint8Array;
}

/** Enums by number. A list or a map where the field is one. Well-known types as the codec's own values. */
export type DynamicValue =
  | { readonly kind: "single"; readonly value: DynamicItem }
  | { readonly kind: "list"; readonly items: DynamicItem[] }
  | { readonly kind: "map"; readonly entries: Map<ScalarValue, DynamicItem> };

export type DynamicItem =
  | { readonly kind: "scalar"; readonly value: ScalarValue }
  | { readonly kind: "message"; readonly value: DynamicMessage }
  | { readonly kind: "well_known"; readonly value: Opaque };

/** Sets a field; the other members of its oneof go. */
export function setField(message: DynamicMessage, field: Field, value: DynamicValue): void {
  if (field.oneof !== undefined) {
    for (const other of field.oneof.fields) if (other !== field) message.values.delete(other);
  }
  message.values.set(field, value);
}
