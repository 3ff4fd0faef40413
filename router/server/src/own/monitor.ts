/**
 * `nexus.router.v1.Monitor`: what passes through the router, while somebody watches. Each watcher has a ring of its own: what it
 * does not take in time is overwritten and counted, and holds nobody up.
 */
import { codeName } from "@nexus-bridge/protocol";
import type { Router } from "@nexus-bridge/router-core";
import type {
  MonitoredMessageInit,
  MonitorHandler,
  SchemaIndex,
  TailItemInit,
  TailRequest,
} from "@nexus-bridge/router-registry";
import { TraceRing } from "@nexus-bridge/router-telemetry";
import { decodeToJson } from "@nexus-bridge/schema-dynamic";
import { type Link, Timestamp, type TopicPattern } from "@nexus-bridge/sdk";
import { maskPii } from "./mask.ts";
import { entryOf, kindOf } from "./trace.ts";

/** Entries, and messages, that wait for one watcher. */
const WAITING_MAX = 1000;
const JSON_CHARACTERS_MAX = 64 * 1024;

export function monitorHandler(router: Router, link: Link, index: SchemaIndex): MonitorHandler {
  return {
    tail: (request, { signal }) => tail(router, request, signal),
    messages: ({ pattern }, { signal }) => messages(link, index, pattern, signal),
  };
}

async function* tail(
  router: Router,
  request: TailRequest,
  signal: AbortSignal,
): AsyncGenerator<TailItemInit> {
  const ring = new TraceRing({ wallMs: Date.now, sample: 1, entriesMax: WAITING_MAX });
  let added = 0;
  let told = 0;
  let wake = () => {};
  const unwatch = watch(router, request, ring, () => {
    added++;
    wake();
  });
  const ended = () => wake();
  signal.addEventListener("abort", ended);
  try {
    while (!signal.aborted) {
      const fresh = Math.min(added - told, WAITING_MAX);
      let dropped = added - told - fresh;
      told = added;
      for (const entry of ring.find({ limit: fresh }).reverse()) {
        yield { entry: entryOf(entry), dropped: BigInt(dropped) };
        dropped = 0;
      }
      if (added !== told || signal.aborted) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    signal.removeEventListener("abort", ended);
    unwatch();
  }
}

/** Puts what matches into `ring`. */
function watch(
  router: Router,
  { kind, name, outcome }: TailRequest,
  ring: TraceRing,
  added: () => void,
): () => void {
  const wanted = kindOf(kind);
  const isWanted = (of: typeof wanted, text: string, code?: number): boolean =>
    (wanted === undefined || wanted === of) &&
    text.includes(name) &&
    (outcome === "" || (code !== undefined && codeName(code) === outcome));
  return router.observe({
    callEnded: (call) => {
      if (!isWanted("call", call.method, call.code)) return;
      ring.callEnded(call);
      added();
    },
    published: (message) => {
      if (!isWanted("message", message.topic)) return;
      ring.published(message);
      added();
    },
    event: (event) => {
      if (event.kind !== "refused" || !isWanted("refused", event.what, event.code)) return;
      ring.refused(event);
      added();
    },
  });
}

/** Messages are their own bytes. */
const raw: TopicPattern<Uint8Array>["message"] = {
  typeName: "",
  fingerprint: 0n,
  create: () => new Uint8Array(),
  encode: () => new Uint8Array(),
  decode: (bytes) => bytes.slice(),
  write: () => {},
  read: (reader, end) => {
    const bytes = reader.bytes.slice(reader.position, end);
    reader.position = end;
    return bytes;
  },
};

async function* messages(
  link: Link,
  index: SchemaIndex,
  pattern: string,
  signal: AbortSignal,
): AsyncGenerator<MonitoredMessageInit> {
  const options = { qos: 0, credit: WAITING_MAX, attributes: true, retained: "never" } as const;
  let dropped = 0;
  try {
    const topics = { message: raw, pattern, qos: 0 } as const;
    for await (const item of link.subscribe(topics, { ...options, signal })) {
      if (item.kind === "gap") {
        dropped += item.count;
        continue;
      }
      const { topic, value, publishedAt, contentType } = item;
      yield {
        topic,
        bytes: value.length,
        contentType,
        dropped: BigInt(dropped),
        ...(publishedAt && { publishedAt: Timestamp.fromDate(publishedAt) }),
        ...(contentType === undefined && shown(index, topic, value)),
      };
      dropped = 0;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Type and JSON, as far as the registry knows them and the bytes are such a message. */
function shown(
  index: SchemaIndex,
  topic: string,
  bytes: Uint8Array,
): Pick<MonitoredMessageInit, "type" | "json"> {
  const message = index.topic(topic);
  if (message === undefined) return {};
  const type = message.fullName;
  try {
    const json = JSON.stringify(maskPii(message, decodeToJson(message, bytes)));
    return json.length > JSON_CHARACTERS_MAX ? { type } : { type, json };
  } catch {
    return { type };
  }
}
