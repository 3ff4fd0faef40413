/** Extensions of the model. Those of descriptor options are the compiler's own affair: they are options, not messages' fields. */
import type { LinkedField, LinkedFile, LinkedMessage } from "./linked.ts";
import type { Extension, Message } from "./model.ts";
import { makeField } from "./model-message.ts";
import { declaredOf, type Mutable, type Shells } from "./model-shells.ts";

const OPTIONS = "google/protobuf/descriptor.proto";

/** The extensions that `linked` declares; their holders are to be frozen at the end. */
export function extensionsOf(shells: Shells, linked: LinkedFile): readonly Mutable<Extension>[] {
  const nested = (message: LinkedMessage): readonly LinkedField[] => [
    ...message.extensions,
    ...message.messages.flatMap(nested),
  ];
  const fields = [...linked.extensions, ...linked.messages.flatMap(nested)];
  return fields.flatMap((field) => extensionOf(shells, field));
}

function extensionOf(shells: Shells, linked: LinkedField): readonly Mutable<Extension>[] {
  const extendee = linked.extendee && shells.messages.get(linked.extendee);
  if (extendee === undefined || extendee.file.path === OPTIONS) return [];
  const holder: Mutable<Message> = {
    kind: "message",
    ...declaredOf(shells, linked),
    fields: [],
    oneofs: Object.freeze([]),
    messages: Object.freeze([]),
    enums: Object.freeze([]),
    reserved: Object.freeze({ names: Object.freeze([]), ranges: Object.freeze([]) }),
    isExtendable: false,
    fingerprint: 0n,
  };
  const parent = linked.parent && shells.messages.get(linked.parent);
  if (parent !== undefined) holder.parent = parent;
  const field = makeField(shells, linked, { message: holder, oneof: undefined });
  holder.fields = Object.freeze([field]);
  return [{ kind: "extension", extendee, holder, field }];
}
