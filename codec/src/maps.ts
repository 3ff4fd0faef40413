/** What a map field takes when a message is built: entries of any kind, or an object where the keys can be its names. */

export type MapInit<K, V> = Iterable<readonly [K, V]>;
export type StringMapInit<V> = Iterable<readonly [string, V]> | { readonly [key: string]: V };
export type NumberMapInit<V> = Iterable<readonly [number, V]> | { readonly [key: number]: V };

export function stringEntries<V>(
  init: StringMapInit<V> | undefined,
): Iterable<readonly [string, V]> {
  if (init === undefined) return [];
  return isIterable(init) ? init : Object.entries(init);
}

export function numberEntries<V>(
  init: NumberMapInit<V> | undefined,
): Iterable<readonly [number, V]> {
  if (init === undefined) return [];
  if (isIterable(init)) return init;
  return Object.entries<V>(init).map(([key, value]) => [Number(key), value] as const);
}

function isIterable<T>(init: Iterable<T> | object): init is Iterable<T> {
  return Symbol.iterator in init;
}
