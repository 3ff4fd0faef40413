/** A stream of messages that a program feeds by hand. Each `send` waits until the stream took the message. */
import { NexusError } from "./nexus-error.ts";

export interface SendQueue<T> extends AsyncIterable<T> {
  /** Resolves when the message was taken; rejects CANCELLED where the call ended before. */
  send(message: T): Promise<void>;
  /** No more messages. */
  end(): void;
}

/** Messages that may be sent without waiting for the reader. */
const AHEAD_MAX = 16;

interface Sent<T> {
  readonly message: T;
  readonly taken: PromiseWithResolvers<void>;
}

/**
 * @example
 * ```ts
 * const outgoing = sendQueue<ChatMessageInit>();
 * void outgoing.send({ text: "hello" }).then(() => outgoing.end());
 * for await (const message of orders.chat(outgoing)) console.log(message.text);
 * ```
 */
export function sendQueue<T>(): SendQueue<T> {
  const queue: Sent<T>[] = [];
  const waiters: ((result: IteratorResult<T, undefined>) => void)[] = [];
  let over = false;
  let left = false;
  const done: IteratorResult<T, undefined> = { done: true, value: undefined };

  const admit = (): void => {
    // What is among the first is as good as taken: the sender need not wait.
    for (const { taken } of queue.slice(0, AHEAD_MAX)) taken.resolve();
  };
  const iterator: AsyncIterator<T, undefined> = {
    next() {
      const next = queue.shift();
      if (next !== undefined) {
        next.taken.resolve();
        admit();
        return Promise.resolve({ done: false, value: next.message });
      }
      if (over) return Promise.resolve(done);
      return new Promise((resolve) => waiters.push(resolve));
    },
    return() {
      left = true;
      over = true;
      for (const { taken } of queue.splice(0)) taken.reject(ended());
      for (const waiter of waiters.splice(0)) waiter(done);
      return Promise.resolve(done);
    },
  };
  return {
    send(message) {
      if (over) return Promise.reject(left ? ended() : misuse());
      const waiter = waiters.shift();
      if (waiter !== undefined) {
        waiter({ done: false, value: message });
        return Promise.resolve();
      }
      const taken = Promise.withResolvers<void>();
      queue.push({ message, taken });
      admit();
      return taken.promise;
    },
    end() {
      over = true;
      for (const waiter of waiters.splice(0)) waiter(done);
    },
    [Symbol.asyncIterator]: () => iterator,
  };
}

function ended(): NexusError {
  return new NexusError({ code: "CANCELLED", message: "the call that read this queue has ended" });
}

function misuse(): NexusError {
  return new NexusError({ code: "FAILED_PRECONDITION", message: "send() after end()" });
}
