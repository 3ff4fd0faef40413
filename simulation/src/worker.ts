/** The handler that every serving client runs: it does what the call's plan says and notes what it saw. */
import { type HandlerContext, NexusError } from "@nexus-bridge/sdk/gen1";
import type { CallBook, CallRecord } from "./call-book.ts";
import type { ClientHost } from "./client-host.ts";
import { bodyOf, type Item, type ItemInit, isIntact, type WorkHandler } from "./schema.ts";

/** Deadlines are whole milliseconds, rounded up, of times that are not exact. */
const ROUNDING_MS = 1.01;

export function workHandler(client: ClientHost, book: CallBook): WorkHandler {
  const single = (request: Item, context: HandlerContext): Promise<ItemInit> =>
    book.during(begin(client, book, request, context), async (record) => {
      await work(client, record, context);
      return reply(record, 0);
    });
  return {
    once: single,
    again: single,
    watch: (request, context) =>
      answers(client, book, begin(client, book, request, context), context),
    async put(requests, context) {
      const record = await readAll(client, book, requests, context);
      return book.during(record, async () => {
        await work(client, record, context);
        return reply(record, 0);
      });
    },
    async *chat(requests, context) {
      const record = await readAll(client, book, requests, context);
      yield* answers(client, book, record, context);
    },
  };
}

function begin(
  client: ClientHost,
  book: CallBook,
  request: Item,
  context: HandlerContext,
): CallRecord {
  const record = book.record(request.id);
  if (record === undefined) {
    book.broken("contents", `a handler got a request of the unknown call ${request.id}`);
    throw new NexusError({ code: "INTERNAL", message: "unknown call" });
  }
  book.executed(record, client);
  const { timeoutMs } = record.plan;
  const left = context.timeLeftMs;
  if (timeoutMs !== null && (left === undefined || left > timeoutMs + ROUNDING_MS))
    book.broken("deadline", `${book.nameOf(record)}: the handler has ${left} ms, of ${timeoutMs}`);
  return record;
}

async function readAll(
  client: ClientHost,
  book: CallBook,
  requests: AsyncIterable<Item>,
  context: HandlerContext,
): Promise<CallRecord> {
  let record: CallRecord | undefined;
  let count = 0;
  for await (const request of requests) {
    record ??= begin(client, book, request, context);
    checkItem(book, record, request, count, "request");
    count++;
    const { stepMs } = record.plan;
    if (stepMs > 0) await pause(client, stepMs, context);
  }
  if (record === undefined)
    throw new NexusError({ code: "INVALID_ARGUMENT", message: "no request came" });
  if (count !== record.plan.requests)
    book.broken("contents", `${book.nameOf(record)}: ${count} requests of ${record.plan.requests}`);
  return record;
}

async function* answers(
  client: ClientHost,
  book: CallBook,
  record: CallRecord,
  context: HandlerContext,
): AsyncGenerator<ItemInit> {
  const run = book.runs(record);
  try {
    await work(client, record, context);
    for (let index = 0; index < record.plan.replies; index++) {
      yield reply(record, index);
      if (record.plan.stepMs > 0) await pause(client, record.plan.stepMs, context);
    }
  } finally {
    book.ran(record, run);
  }
}

async function work(
  client: ClientHost,
  { plan }: CallRecord,
  context: HandlerContext,
): Promise<void> {
  if (plan.workMs > 0) await pause(client, plan.workMs, context);
  if (plan.end === "error")
    throw new NexusError({ code: "FAILED_PRECONDITION", message: "as planned" });
}

/** Waits, or gives up as soon as the call is over. */
function pause(client: ClientHost, delayMs: number, { signal }: HandlerContext): Promise<void> {
  return new Promise((resolve, reject) => {
    const alarm = client.clock.after(delayMs, resolve);
    const stop = (): void => {
      alarm.cancel();
      reject(signal.reason);
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
}

const reply = ({ plan }: CallRecord, index: number): ItemInit => ({
  id: plan.id,
  index,
  body: bodyOf(plan.id, index, plan.replyBytes),
});

export function checkItem(
  book: CallBook,
  record: CallRecord,
  item: Item,
  index: number,
  what: "request" | "reply",
): void {
  const { plan } = record;
  const size = what === "request" ? plan.requestBytes : plan.replyBytes;
  const isRight =
    item.id === plan.id && item.index === index && item.body.length === size && isIntact(item);
  if (!isRight)
    book.broken(
      "contents",
      `${book.nameOf(record)}: ${what} ${index} is ${item.id}/${item.index} of ${item.body.length} bytes`,
    );
}
