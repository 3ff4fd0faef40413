/** How generated `create` functions fill in what an init leaves out: nothing of the init's lists and maps is shared. */

export function complete<Init, T>(
  init: Init | undefined,
  create: (init: Init) => T,
): T | undefined {
  return init === undefined ? undefined : create(init);
}

export function completeList<T>(init: readonly T[] | undefined): T[];
export function completeList<Init, T>(
  init: readonly Init[] | undefined,
  create: (init: Init) => T,
): T[];
export function completeList<Init>(
  init: readonly Init[] | undefined,
  create?: (init: Init) => unknown,
): unknown[] {
  if (init === undefined) return [];
  return create === undefined ? [...init] : init.map((item) => create(item));
}

export function completeMap<K, V>(entries: Iterable<readonly [K, V]> | undefined): Map<K, V>;
export function completeMap<K, Init, V>(
  entries: Iterable<readonly [K, Init]> | undefined,
  create: (init: Init) => V,
): Map<K, V>;
export function completeMap<K, Init>(
  entries: Iterable<readonly [K, Init]> | undefined,
  create?: (init: Init) => unknown,
): Map<K, unknown> {
  const map = new Map<K, unknown>();
  if (entries === undefined) return map;
  for (const [key, init] of entries) map.set(key, create === undefined ? init : create(init));
  return map;
}

/** False for -0, which is sent. */
export function isPositiveZero(value: number): boolean {
  return Object.is(value, 0);
}

/** For `[jstype = ...]`: the field's own number. */
export function toBigint(value: number | string): bigint {
  return BigInt(value);
}

export function toText(value: bigint): string {
  return String(value);
}
