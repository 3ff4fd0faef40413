/**
 * Compares two versions of an enum, number by number. A writer's JSON has the first name of a number; a reader takes every
 * name it knows.
 */
import { type Change, changeOf, type Where } from "./compatibility-change.ts";
import { compareReserved, type Names, reservesNumber } from "./compatibility-reserved.ts";
import type { Enum, EnumValue } from "./model.ts";

export function compareEnums(before: Enum, after: Enum): readonly Change[] {
  const where: Where = { path: after.fullName, before, after };
  const old = Map.groupBy(before.values, ({ number }) => number);
  const now = Map.groupBy(after.values, ({ number }) => number);
  const changes: Change[] = [];
  for (const [number, values] of old) {
    const same = now.get(number);
    changes.push(
      ...(same === undefined ? removedValues(values, after) : compareNames(values, same)),
    );
  }
  for (const [number, values] of now) {
    if (!old.has(number)) changes.push(...addedValues(values, { before, after }));
  }
  if (before.closed !== after.closed) {
    const words = after.closed ? "was open and is closed now" : "was closed and is open now";
    changes.push(changeOf("enum-closed", where, `the enum ${words}`));
  }
  changes.push(...compareDefaults(before, after));
  changes.push(...compareReserved(namesOf(before), namesOf(after), where));
  return changes;
}

/** A name that only moved to another number is told there. */
function removedValues(values: readonly EnumValue[], after: Enum): readonly Change[] {
  const { reserved } = after;
  return values.flatMap((value) => {
    const moved = after.values.find(({ name }) => name === value.name);
    const where = { path: value.fullName, before: value, after: moved ?? after };
    if (moved !== undefined) {
      const words = `the number of ${value.name} changed from ${value.number} to ${moved.number}`;
      return changeOf("enum-value-renumbered", where, words);
    }
    const words = `the value ${value.number} ${value.name} is gone`;
    const isReserved =
      reservesNumber(reserved, value.number) && reserved.names.includes(value.name);
    return isReserved
      ? changeOf("enum-value-removed-reserved", where, `${words}; its number and name are reserved`)
      : changeOf("enum-value-removed", where, `${words} and not reserved, number and name`);
  });
}

function compareNames(old: readonly EnumValue[], now: readonly EnumValue[]): readonly Change[] {
  const [oldFirst, nowFirst] = [old[0], now[0]];
  if (oldFirst === undefined || nowFirst === undefined) return [];
  const find = (values: readonly EnumValue[], { name }: EnumValue): boolean =>
    values.some((value) => value.name === name);
  const where = { path: nowFirst.fullName, before: oldFirst, after: nowFirst };
  if (!find(now, oldFirst) || !find(old, nowFirst)) {
    const words = `the value ${nowFirst.number} was renamed from ${oldFirst.name} to ${nowFirst.name}`;
    return [changeOf("enum-value-renamed", where, words)];
  }
  const changes: Change[] = [];
  for (const alias of old.filter((value) => !find(now, value))) {
    const place = { path: alias.fullName, before: alias, after: nowFirst };
    changes.push(changeOf("enum-alias-removed", place, `the alias ${alias.name} is gone`));
  }
  for (const alias of now.filter((value) => !find(old, value))) {
    const place = { path: alias.fullName, before: oldFirst, after: alias };
    changes.push(changeOf("enum-alias-added", place, `the alias ${alias.name} is new`));
  }
  return changes;
}

function addedValues(
  values: readonly EnumValue[],
  { before, after }: { readonly before: Enum; readonly after: Enum },
): readonly Change[] {
  const [value] = values;
  if (value === undefined) return [];
  const moved = values.find(({ name }) => before.values.some((old) => old.name === name));
  if (moved !== undefined) return movedValue(moved, before);
  const where = { path: value.fullName, after: value };
  const names = values.map(({ name }) => name);
  const words = `the value ${value.number} ${names.join(", ")} is new`;
  const { reserved } = before;
  const isReused =
    reservesNumber(reserved, value.number) || names.some((name) => reserved.names.includes(name));
  if (isReused) {
    return [changeOf("enum-value-reuses", where, `${words}, and its number or name was reserved`)];
  }
  const isClosed = before.closed || after.closed;
  return [changeOf(isClosed ? "enum-value-added-closed" : "enum-value-added", where, words)];
}

/** Where the old number is gone altogether, its removal has told it. */
function movedValue(value: EnumValue, before: Enum): readonly Change[] {
  const earlier = before.values.find(({ name }) => name === value.name);
  const isOldNumberThere = value.parent.values.some(({ number }) => number === earlier?.number);
  if (earlier === undefined || !isOldNumberThere) return [];
  const words = `the number of ${value.name} changed from ${earlier.number} to ${value.number}`;
  const where = { path: value.fullName, before: earlier, after: value };
  return [changeOf("enum-value-renumbered", where, words)];
}

/** An absent field of a closed enum reads as the first value declared. */
function compareDefaults(before: Enum, after: Enum): readonly Change[] {
  const [old, now] = [before.values[0], after.values[0]];
  if (old === undefined || now === undefined || old.number === now.number) return [];
  const where = { path: after.fullName, before: old, after: now };
  const words = `the default changed from ${old.name} (${old.number}) to ${now.name} (${now.number})`;
  return [changeOf("enum-default", where, words)];
}

function namesOf({ values, reserved }: Enum): Names {
  return {
    names: values.map(({ name }) => name),
    numbers: values.map(({ number }) => number),
    reserved,
  };
}
