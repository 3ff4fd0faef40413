/** Compares two versions of a message: which fields came, went or took another's number; the rest has rooms of its own. */
import { type Change, changeOf } from "./compatibility-change.ts";
import { compareField } from "./compatibility-field.ts";
import { compareOneofs } from "./compatibility-oneof.ts";
import { compareReserved, type Names, reservesNumber } from "./compatibility-reserved.ts";
import type { Field, Message } from "./model.ts";

export function compareMessages(before: Message, after: Message): readonly Change[] {
  const old = new Map(before.fields.map((field) => [field.number, field]));
  const now = new Map(after.fields.map((field) => [field.number, field]));
  const newByName = new Map(
    after.fields.filter(({ number }) => !old.has(number)).map((field) => [field.name, field]),
  );
  const changes: Change[] = [];
  const renumbered = new Set<Field>();
  for (const field of before.fields) {
    const same = now.get(field.number);
    const moved = newByName.get(field.name);
    if (same !== undefined) changes.push(...compareField(field, same));
    else if (moved !== undefined) {
      renumbered.add(moved);
      const where = { path: moved.fullName, before: field, after: moved };
      const words = `the number of "${field.name}" changed from ${field.number} to ${moved.number}`;
      changes.push(changeOf("field-renumbered", where, words), ...compareField(field, moved));
    } else changes.push(removedField(field, after));
  }
  for (const field of newByName.values()) {
    if (!renumbered.has(field)) changes.push(addedField(field, before));
  }
  const where = { path: after.fullName, before, after };
  return [
    ...changes,
    ...compareOneofs(before, after),
    ...compareReserved(namesOf(before), namesOf(after), where),
  ];
}

function removedField(field: Field, after: Message): Change {
  const where = { path: field.fullName, before: field, after };
  const words = `field ${field.number} "${field.name}" is gone`;
  const { cardinality, number, name, jsonName } = field;
  if (cardinality.kind === "singular" && cardinality.presence === "required") {
    return changeOf("field-removed-required", where, `${words}, and it was required`);
  }
  const { reserved } = after;
  const isNameReserved = reserved.names.includes(name) || reserved.names.includes(jsonName);
  if (reservesNumber(reserved, number) && isNameReserved) {
    return changeOf("field-removed-reserved", where, `${words}; its number and name are reserved`);
  }
  const free = reservesNumber(reserved, number)
    ? "its name"
    : isNameReserved
      ? "its number"
      : "its number and its name";
  return changeOf("field-removed", where, `${words}, and ${free} may be used again`);
}

function addedField(field: Field, before: Message): Change {
  const where = { path: field.fullName, after: field };
  const words = `field ${field.number} "${field.name}" is new`;
  if (reservesNumber(before.reserved, field.number)) {
    return changeOf("field-reuses-number", where, `${words}, and its number was reserved`);
  }
  if (before.reserved.names.includes(field.name)) {
    return changeOf("field-reuses-name", where, `${words}, and its name was reserved`);
  }
  const isRequired =
    field.cardinality.kind === "singular" && field.cardinality.presence === "required";
  if (isRequired || field.rules?.required === true) {
    return changeOf("field-added-required", where, `${words}, and it is required`);
  }
  return changeOf("field-added", where, words);
}

function namesOf({ fields, reserved }: Message): Names {
  return {
    names: fields.map(({ name }) => name),
    numbers: fields.map(({ number }) => number),
    reserved,
  };
}
