/** What requests are taken from: anything that can be iterated, at once or as it comes. */
import type { MessageSource } from "../call-options.ts";

export type Source = AsyncIterator<unknown> | Iterator<unknown>;

export function iteratorOf(source: MessageSource<unknown>): Source {
  return Symbol.asyncIterator in source
    ? source[Symbol.asyncIterator]()
    : source[Symbol.iterator]();
}
