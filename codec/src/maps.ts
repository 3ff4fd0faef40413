/** What a map field takes when a message is built: entries of any kind, or an object where the keys can be its names. */

export type MapInit<K, V> = Iterable<readonly [K, V]>;
export type StringMapInit<V> = Iterable<readonly [string, V]> | { readonly [key: string]: V };
export type NumberMapInit<V> = Iterable<readonly [number, V]> | { readonly [key: number]: V };

export function stringEntries<V>(init: StringMapInit<V>): Iterable<readonly [string, V]> {
  return isIterable(init) ? init : Object.entries(init);
}

export function* numberEntries<V>(init: NumberMapInit<V>): Iterable<readonly [number, V]> {
  if (isIterable(init)) yield* init;
  else for (const [key, value] of Object.entries(init)) yield [Number(key), value];
}

/** A new map of complete values. */
export function createMap<K, Init, V>(
  entries: Iterable<readonly [K, Init]> | undefined,
  create: (init: Init) => V,
): Map<K, V> {
  const map = new Map<K, V>();
  if (entries !== undefined) for (const [key, init] of entries) map.set(key, create(init));
  return map;
}

function isIterable<T>(init: Iterable<T> | object): init is Iterable<T> {
  return Symbol.iterator in init;
}
