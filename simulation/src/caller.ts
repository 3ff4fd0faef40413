/** Makes one planned call through a client's link and writes its end into the book. */
import type { CallOptions } from "@nexus-bridge/sdk";
import type { CallBook, CallRecord } from "./call-book.ts";
import type { CallPlan } from "./call-plan.ts";
import type { ClientHost } from "./client-host.ts";
import { bodyOf, type Item, type ItemInit, Work, type WorkClient } from "./schema.ts";
import { checkItem } from "./worker.ts";

export async function makeCall(
  client: ClientHost,
  book: CallBook,
  plan: CallPlan,
  isCalm: boolean,
): Promise<void> {
  const record = book.begin(plan, client, isCalm);
  const stop = new AbortController();
  const givesUp =
    plan.end === "cancel" ? client.clock.after(plan.cancelMs, () => stop.abort()) : undefined;
  const options: CallOptions = {
    timeoutMs: plan.timeoutMs,
    signal: stop.signal,
    onResponse: () => {
      record.responses++;
    },
  };
  try {
    await perform(client, book, record, options);
    book.ended(record, undefined);
  } catch (error) {
    book.ended(record, error);
  } finally {
    givesUp?.cancel();
  }
}

async function perform(
  client: ClientHost,
  book: CallBook,
  record: CallRecord,
  options: CallOptions,
): Promise<void> {
  const { plan } = record;
  const work = client.link.client<WorkClient>(Work);
  const first = requestOf(plan, 0);
  switch (plan.method) {
    case "once":
    case "again":
      checkItem(book, record, await work[plan.method](first, options), 0, "reply");
      return;
    case "put":
      checkItem(book, record, await work.put(requests(client, plan), options), 0, "reply");
      return;
    case "watch":
      await readReplies(client, book, record, work.watch(first, options));
      return;
    case "chat":
      await readReplies(client, book, record, work.chat(requests(client, plan), options));
      return;
    default:
      plan.method satisfies never;
  }
}

const requestOf = ({ id, requestBytes }: CallPlan, index: number): ItemInit => ({
  id,
  index,
  body: bodyOf(id, index, requestBytes),
});

async function* requests(client: ClientHost, plan: CallPlan): AsyncGenerator<ItemInit> {
  for (let index = 0; index < plan.requests; index++) {
    if (plan.readMs > 0) await client.sleep(plan.readMs);
    yield requestOf(plan, index);
  }
}

async function readReplies(
  client: ClientHost,
  book: CallBook,
  record: CallRecord,
  replies: AsyncIterable<Item>,
): Promise<void> {
  const { plan } = record;
  let count = 0;
  for await (const item of replies) {
    checkItem(book, record, item, count, "reply");
    count++;
    if (plan.end === "leave" && count > plan.replies / 2) return;
    if (plan.readMs > 0) await client.sleep(plan.readMs);
  }
  if (count !== plan.replies)
    book.broken("contents", `${book.nameOf(record)}: ${count} replies of ${plan.replies}`);
}
