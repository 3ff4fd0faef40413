/**
 * Compares which fields of a message exclude each other. What counts is the company a field keeps among the fields that
 * both versions have: two values where the other side takes one are lost, and refused in proto-JSON.
 */
import { type Change, changeOf } from "./compatibility-change.ts";
import type { Field, Message } from "./model.ts";

export function compareOneofs(before: Message, after: Message): readonly Change[] {
  const old = byNumber(before);
  const now = byNumber(after);
  const changes: Change[] = [];
  const renamed = new Set<string>();
  for (const [number, field] of now) {
    const earlier = old.get(number);
    if (earlier === undefined) continue;
    const where = { path: field.fullName, before: earlier, after: field };
    if (companyOf(earlier, now) !== companyOf(field, old)) {
      const words = `"${field.name}" ${moveText(earlier, field)}, away from fields or to fields that both versions have`;
      changes.push(changeOf("field-oneof", where, words));
    } else if ((earlier.oneof === undefined) !== (field.oneof === undefined)) {
      changes.push(
        changeOf("field-oneof-alone", where, `"${field.name}" ${moveText(earlier, field)}`),
      );
    } else if (earlier.oneof !== undefined && field.oneof !== undefined) {
      const { oneof } = field;
      if (earlier.oneof.name === oneof.name || renamed.has(oneof.name)) continue;
      renamed.add(oneof.name);
      const place = { path: oneof.fullName, before: earlier.oneof, after: oneof };
      const words = `the oneof "${earlier.oneof.name}" was renamed to "${oneof.name}"`;
      changes.push(changeOf("oneof-renamed", place, words));
    }
  }
  return changes;
}

function byNumber(message: Message): ReadonlyMap<number, Field> {
  return new Map(message.fields.map((field) => [field.number, field]));
}

/** The numbers of the other members that the other version has as well. */
function companyOf(field: Field, others: ReadonlyMap<number, Field>): string {
  const numbers = (field.oneof?.fields ?? [])
    .map(({ number }) => number)
    .filter((number) => number !== field.number && others.has(number));
  return numbers.sort((left, right) => left - right).join(" ");
}

function moveText({ oneof: old }: Field, { oneof: now }: Field): string {
  if (now === undefined) return `moved out of the oneof "${old?.name}"`;
  if (old === undefined) return `moved into the oneof "${now.name}"`;
  if (old.name === now.name) return `has other company in the oneof "${now.name}"`;
  return `moved from the oneof "${old.name}" to "${now.name}"`;
}
