/** Subscribing, as a program spells it: a loop over `subscribe(...)`, or over what awaiting it gives. */
import type { TopicPattern } from "../descriptor.ts";
import type { LinkCore } from "../link/core.ts";
import type { Item } from "../subscription-item.ts";
import type { SubscribeOptions } from "./subscribe-options.ts";
import { SubscriptionStream } from "./subscription.ts";

/**
 * Events and gaps, to be read once. Leaving the loop unsubscribes; at QoS 1 the event at hand then counts as not acknowledged,
 * and goes back with those that were not read.
 */
export interface Subscription<T> extends AsyncIterableIterator<Item<T>, undefined> {
  readonly pattern: string;
  /** Ends the loop after what has come; that can still be acknowledged. */
  close(): void;
  return(): Promise<IteratorResult<Item<T>, undefined>>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A subscription on its way: read it at once, or await it first, so that nothing that is published afterwards is missed.
 * Awaiting it rejects where the router refuses.
 */
export interface PendingSubscription<T>
  extends AsyncIterable<Item<T>>,
    PromiseLike<Subscription<T>> {
  [Symbol.asyncIterator](): Subscription<T>;
}

export function subscribe<T>(
  link: LinkCore,
  pattern: TopicPattern<T>,
  options: SubscribeOptions,
  closed: (stream: SubscriptionStream) => void,
): { readonly stream: SubscriptionStream; readonly pending: PendingSubscription<T> } {
  const erased = pattern as unknown as TopicPattern<unknown>;
  const stream = new SubscriptionStream(link, erased, options, closed);
  const subscription = readerOf<T>(stream);
  const ready = stream.ready.then(() => subscription);
  ready.catch(() => {});
  return {
    stream,
    pending: {
      // biome-ignore lint/suspicious/noThenProperty: awaiting a subscription waits until the router has taken it.
      then: (resolved, rejected) => ready.then(resolved, rejected),
      [Symbol.asyncIterator]: () => subscription,
    },
  };
}

function readerOf<T>(stream: SubscriptionStream): Subscription<T> {
  type Result = IteratorResult<Item<T>, undefined>;
  const subscription: Subscription<T> = {
    pattern: stream.pattern.pattern,
    next() {
      stream.asks();
      return stream.items.next() as Promise<Result>;
    },
    close: () => stream.close(),
    async return() {
      stream.abandon();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => subscription,
    [Symbol.asyncDispose]: async () => void (await subscription.return()),
  };
  return subscription;
}
