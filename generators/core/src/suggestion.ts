/** Finds the name a person probably meant. It decides nothing; callers put it into the help of a problem. */

/** A name further away than this is no typing error. */
const distanceMax = 3;
/** Longer names are not compared: the table grows with the product of the lengths. */
const lengthMax = 128;

/** The nearest of `known` to `name`, if it is near enough to be what was meant. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const lower = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.min(distanceMax, Math.ceil(name.length / 2)) + 1;
  for (const candidate of known) {
    const distance = editDistance(lower, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `did you mean x?`, or undefined where nothing is near. */
export function didYouMean(name: string, known: Iterable<string>): string | undefined {
  const found = nearest(name, known);
  return found === undefined ? undefined : `did you mean "${found}"?`;
}

/** Levenshtein's distance in one row of memory. */
function editDistance(left: string, right: string): number {
  if (left.length > lengthMax || right.length > lengthMax) return Number.POSITIVE_INFINITY;
  const row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    let diagonal = row[0] ?? 0;
    row[0] = i;
    for (let j = 1; j <= right.length; j += 1) {
      const above = row[j] ?? 0;
      const cost = left[i - 1] === right[j - 1] ? 0 : 1;
      row[j] = Math.min(above + 1, (row[j - 1] ?? 0) + 1, diagonal + cost);
      diagonal = above;
    }
  }
  return row[right.length] ?? 0;
}
