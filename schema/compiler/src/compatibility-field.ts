/** Compares one field with the field of the same number in the other version; oneofs are compatibility-oneof.ts's. */

import { compareRules } from "./compatibility-bounds.ts";
import { type Change, changeOf, type Where } from "./compatibility-change.ts";
import { compareTypes, typeDistance } from "./compatibility-type.ts";
import type { Field } from "./model.ts";

export function compareField(before: Field, after: Field): readonly Change[] {
  const where: Where = { path: after.fullName, before, after };
  return [
    ...compareNames(before, after, where),
    ...compareCardinality(before, after, where),
    ...(isMapTurned(before, after) ? [] : compareTypes(before, after, where)),
    ...compareEncoding(before, after, where),
    ...compareDefault(before, after, where),
    ...compareRules(before, after, where),
  ];
}

/** The type of a map is that of its values: it says nothing beside that of another field. */
function isMapTurned({ cardinality: old }: Field, { cardinality: now }: Field): boolean {
  return (old.kind === "map") !== (now.kind === "map");
}

function compareNames(before: Field, after: Field, where: Where): readonly Change[] {
  const isJsonKept = before.jsonName === after.jsonName;
  if (before.name !== after.name) {
    const words = `field ${after.number} was renamed from "${before.name}" to "${after.name}"`;
    if (isJsonKept) return [changeOf("field-renamed-json-kept", where, words)];
    const json = `in JSON "${before.jsonName}" became "${after.jsonName}"`;
    return [changeOf("field-renamed", where, `${words}; ${json}`)];
  }
  if (isJsonKept) return [];
  const words = `the JSON name changed from "${before.jsonName}" to "${after.jsonName}"`;
  return [changeOf("field-json-name", where, words)];
}

function compareCardinality(before: Field, after: Field, where: Where): readonly Change[] {
  const [old, now] = [before.cardinality, after.cardinality];
  if (old.kind !== now.kind) {
    return [
      changeOf("field-cardinality", where, `the field was ${old.kind} and is ${now.kind} now`),
    ];
  }
  if (old.kind === "repeated" && now.kind === "repeated" && old.packed !== now.packed) {
    const words = now.packed ? "is packed now" : "is no longer packed";
    return [changeOf("field-packed", where, `the list ${words}; readers take both forms`)];
  }
  if (old.kind !== "singular" || now.kind !== "singular" || old.presence === now.presence) {
    return [];
  }
  // Members of oneofs and messages are always explicit: the move or the new type is the change to speak of.
  if ((before.oneof === undefined) !== (after.oneof === undefined)) return [];
  if ((before.type.kind === "message") !== (after.type.kind === "message")) return [];
  const words = `the presence changed from ${old.presence} to ${now.presence}`;
  const isRequired = old.presence === "required" || now.presence === "required";
  return [changeOf(isRequired ? "field-required" : "field-presence", where, words)];
}

function compareEncoding(before: Field, after: Field, where: Where): readonly Change[] {
  const changes: Change[] = [];
  if (before.delimited !== after.delimited) {
    const words = after.delimited ? "is delimited now" : "is no longer delimited";
    changes.push(changeOf("field-delimited", where, `the message in the field ${words}`));
  }
  const isText = hasText(before) && hasText(after);
  if (isText && before.utf8Checked !== after.utf8Checked) {
    const words = after.utf8Checked ? "must be UTF-8 now" : "may be other than UTF-8 now";
    changes.push(changeOf("field-utf8", where, `the text ${words}`));
  }
  if (before.jsType !== after.jsType && typeDistance(before.type, after.type) === "same") {
    const words = `jstype changed from ${before.jsType ?? "normal"} to ${after.jsType ?? "normal"}`;
    changes.push(changeOf("field-js-type", where, words));
  }
  if (before.pii !== after.pii) {
    const words = after.pii ? "is personal data now and masked" : "is no longer masked";
    changes.push(changeOf("field-pii", where, `the field ${words} where values are printed`));
  }
  return changes;
}

function hasText({ type, cardinality }: Field): boolean {
  const isText = type.kind === "scalar" && type.scalar === "string";
  return isText || (cardinality.kind === "map" && cardinality.key === "string");
}

/** A changed type says enough of its default. */
function compareDefault(before: Field, after: Field, where: Where): readonly Change[] {
  if (typeDistance(before.type, after.type) !== "same") return [];
  const [old, now] = [defaultText(before), defaultText(after)];
  if (old === now) return [];
  return [changeOf("field-default", where, `the default changed from ${old} to ${now}`)];
}

function defaultText({ defaultValue }: Field): string {
  if (defaultValue === undefined) return "none";
  if (defaultValue instanceof Uint8Array) return `bytes ${defaultValue.join(" ")}`;
  if (typeof defaultValue === "string") return JSON.stringify(defaultValue);
  return Object.is(defaultValue, -0) ? "-0" : `${defaultValue}`;
}
