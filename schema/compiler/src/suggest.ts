/** Finds the name that was probably meant, by edit distance, within bounds. */

const candidatesMax = 5_000;
const lengthMax = 64;

export function nearest(wanted: string, candidates: readonly string[]): string | undefined {
  if (wanted.length === 0 || wanted.length > lengthMax) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates.slice(0, candidatesMax)) {
    if (Math.abs(candidate.length - wanted.length) >= bestDistance) continue;
    const measured = distance(wanted.toLowerCase(), candidate.toLowerCase());
    if (measured < bestDistance) {
      best = candidate;
      bestDistance = measured;
    }
  }
  return best;
}

export function meant(wanted: string, candidates: readonly string[]): string | undefined {
  const near = nearest(wanted, candidates);
  return near === undefined ? undefined : `did you mean \`${near}\`?`;
}

function distance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1];
      const replaced = (previous[column - 1] ?? 0) + (isSame ? 0 : 1);
      const removed = (previous[column] ?? 0) + 1;
      const added = (current[column - 1] ?? 0) + 1;
      current.push(Math.min(replaced, removed, added));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
