/** Compares what two versions reserve. A number or name that is in use now is the business of who compares its user. */
import { type Change, changeOf, type Where } from "./compatibility-change.ts";
import type { NumberRange, Reserved } from "./model.ts";

/** What a message or enum uses and what it keeps from being used. */
export interface Names {
  readonly names: readonly string[];
  readonly numbers: readonly number[];
  readonly reserved: Reserved;
}

export function reservesNumber({ ranges }: Reserved, number: number): boolean {
  return ranges.some(({ first, last }) => first <= number && number <= last);
}

export function compareReserved(before: Names, after: Names, where: Where): readonly Change[] {
  const removed = missingFrom(before.reserved, after);
  const added = missingFrom(after.reserved, before);
  const changes: Change[] = [];
  if (removed !== "") {
    changes.push(changeOf("reserved-removed", where, `no longer reserved: ${removed}`));
  }
  if (added !== "") changes.push(changeOf("reserved-added", where, `newly reserved: ${added}`));
  return changes;
}

function missingFrom({ names, ranges }: Reserved, other: Names): string {
  const known = new Set([...other.names, ...other.reserved.names]);
  const lost = names.filter((name) => !known.has(name)).map((name) => JSON.stringify(name));
  const used = other.numbers.map((number) => ({ first: number, last: number }));
  const cover = [...other.reserved.ranges, ...used].sort((left, right) => left.first - right.first);
  const gaps = ranges.flatMap((range) => uncovered(range, cover));
  return [...gaps.map(rangeText), ...lost].join(", ");
}

/** The parts of `range` that no range of `cover`, sorted by first, holds. */
function uncovered({ first, last }: NumberRange, cover: readonly NumberRange[]): NumberRange[] {
  const gaps: NumberRange[] = [];
  let next = first;
  for (const piece of cover) {
    if (piece.last < next) continue;
    if (piece.first > last) break;
    if (piece.first > next) gaps.push({ first: next, last: piece.first - 1 });
    next = piece.last + 1;
  }
  if (next <= last) gaps.push({ first: next, last });
  return gaps;
}

function rangeText({ first, last }: NumberRange): string {
  return first === last ? `${first}` : `${first} to ${last}`;
}
