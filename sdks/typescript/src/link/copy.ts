/** Bytes from one buffer into another; short runs in a loop, which is cheaper than a call into the host. */

const LOOP_BYTES_MAX = 48;

export function copy(
  from: Uint8Array,
  start: number,
  end: number,
  to: Uint8Array,
  at: number,
): void {
  if (end - start <= LOOP_BYTES_MAX)
    for (let index = start; index < end; index++) to[at + index - start] = from[index] as number;
  else to.set(from.subarray(start, end), at);
}
