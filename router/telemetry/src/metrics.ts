/**
 * A router's figures as Prometheus metrics. Whatever the router counts itself is read when somebody asks; only what it does not
 * count is counted here. The names are documented in docs/guides/operation.md, which a test compares.
 */
import { codeName, linkCodeName } from "@nexus-bridge/protocol";
import type { CallSeen, RouterEvent, RouterStats } from "@nexus-bridge/router-core";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { bucketSeconds, CallTable, type MethodCalls } from "./call-table.ts";

export interface MetricsSource {
  stats(): RouterStats;
  isDraining(): boolean;
}

const callDuration = "nexus_call_duration_seconds";
/** GAP's reasons. */
const dropReasons: Readonly<Record<number, string>> = {
  1: "slow",
  2: "retention",
  3: "resume",
  5: "codec",
  6: "reset",
};

const gauges = [
  ["nexus_links", "Links that are open.", "links"],
  ["nexus_services", "Services with at least one instance.", "services"],
  ["nexus_subscriptions", "Subscriptions that are live.", "subscriptions"],
  ["nexus_calls_in_flight", "Calls that are not over.", "callsInFlight"],
  ["nexus_queued_bytes", "Bytes that wait for their links.", "queuedBytes"],
  [
    "nexus_credit_bytes",
    "Credit that producers have not used, and bytes of theirs that wait.",
    "creditBytes",
  ],
  ["nexus_kept_topics", "Topics whose messages have positions.", "keptTopics"],
  ["nexus_kept_messages", "Messages in the rings of all topics.", "keptMessages"],
  ["nexus_kept_bytes", "Memory of rings and retained values.", "keptBytes"],
  ["nexus_retained_values", "Topics that have a retained value.", "retainedValues"],
  ["nexus_producers", "Publishers on lanes that are remembered.", "producers"],
  ["nexus_shared_cursors", "Queue groups and named consumers of kept topics.", "sharedCursors"],
  ["nexus_slab_bytes", "Memory of frames on their way to their links.", "slabBytes"],
] as const satisfies readonly (readonly [string, string, keyof RouterStats])[];

const counters = [
  ["nexus_calls_started_total", "Calls that found an instance.", "calls"],
  ["nexus_calls_refused_total", "Calls that found none, or were not allowed.", "callsRefused"],
  [
    "nexus_schema_refusals_total",
    "Calls and subscriptions refused for their schema.",
    "schemaRefused",
  ],
  ["nexus_schema_lossy_total", "First uses between types that fit with a loss.", "schemaLossy"],
  ["nexus_schema_unknown_total", "First uses between types not all known.", "schemaUnknown"],
  ["nexus_messages_published_total", "Messages that were accepted.", "published"],
  ["nexus_messages_refused_total", "Messages that were not.", "publishesRefused"],
  ["nexus_messages_kept_total", "Messages that were kept in a ring.", "stored"],
  [
    "nexus_messages_duplicate_total",
    "Messages that were sent again and held already.",
    "duplicates",
  ],
  ["nexus_messages_delivered_total", "Events sent to subscribers.", "delivered"],
  [
    "nexus_messages_redelivered_total",
    "Of them, those that came again since they had not been settled.",
    "redelivered",
  ],
  [
    "nexus_messages_dead_total",
    "Messages that went to a dead-letter topic after too many deliveries.",
    "deadLettered",
  ],
  [
    "nexus_links_refused_total",
    "Connections cut since too many had not said HELLO.",
    "linksRefused",
  ],
] as const satisfies readonly (readonly [string, string, keyof RouterStats])[];

export class Metrics {
  readonly #registry = new Registry();
  readonly #source: MetricsSource;
  readonly #calls = new CallTable();
  readonly #dropped: Counter<"reason">;
  readonly #opened: Counter;
  readonly #failed: Counter;
  readonly #closed: Counter<"code">;
  readonly #refused: Counter<"what" | "code">;
  readonly #faults: Counter;

  constructor(source: MetricsSource) {
    this.#source = source;
    const registers = [this.#registry];
    this.#addStats();
    this.#addCalls();
    this.#dropped = new Counter({
      name: "nexus_messages_dropped_total",
      help: "Messages that a subscriber did not get, or that nobody did; each was said by a GAP or is in the log.",
      labelNames: ["reason"],
      registers,
    });
    for (const reason of Object.values(dropReasons)) this.#dropped.inc({ reason }, 0);
    this.#opened = new Counter({
      name: "nexus_links_opened_total",
      help: "Links that were opened.",
      registers,
    });
    this.#failed = new Counter({
      name: "nexus_connections_failed_total",
      help: "Connections that never became a link, such as TLS handshakes that failed.",
      registers,
    });
    this.#closed = new Counter({
      name: "nexus_links_closed_total",
      help: "Links that ended, by link code.",
      labelNames: ["code"],
      registers,
    });
    this.#refused = new Counter({
      name: "nexus_refusals_total",
      help: "Refusals that a peer was told of: call, publish, subscribe or register, by code.",
      labelNames: ["what", "code"],
      registers,
    });
    this.#faults = new Counter({
      name: "nexus_faults_total",
      help: "Faults of the router itself, each of which cost one link.",
      registers,
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** The metrics in Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  callEnded(call: CallSeen): void {
    this.#calls.add(call);
  }

  event(event: RouterEvent): void {
    switch (event.kind) {
      case "linkOpened":
        this.#opened.inc();
        return;
      case "connectionFailed":
        this.#failed.inc();
        return;
      case "linkClosed":
        this.#closed.inc({ code: linkCodeName(event.code) ?? "OTHER" });
        return;
      case "refused":
        this.#refused.inc({ what: event.what.split(" ")[0] ?? "", code: codeName(event.code) });
        return;
      case "dropped":
        this.#dropped.inc({ reason: dropReasons[event.reason] ?? "other" }, event.count);
        return;
      case "failed":
        this.#faults.inc();
        return;
      default:
        return;
    }
  }

  #addStats(): void {
    const source = this.#source;
    const registers = [this.#registry];
    for (const [name, help, key] of gauges) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(source.stats()[key]);
        },
      });
    }
    for (const [name, help, key] of counters) {
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset();
          this.inc(source.stats()[key]);
        },
      });
    }
    new Gauge({
      name: "nexus_draining",
      help: "1 while the router goes away.",
      registers,
      collect() {
        this.set(source.isDraining() ? 1 : 0);
      },
    });
    new Gauge({
      name: "process_resident_memory_bytes",
      help: "Resident memory of the router's process.",
      registers,
      collect() {
        this.set(process.memoryUsage.rss());
      },
    });
    new Counter({
      name: "process_cpu_seconds_total",
      help: "CPU time of the router's process.",
      registers,
      collect() {
        const { user, system } = process.cpuUsage();
        this.reset();
        this.inc((user + system) / 1e6);
      },
    });
  }

  #addCalls(): void {
    const calls = this.#calls;
    new Counter({
      name: "nexus_calls_total",
      help: "Calls that are over, by method and code.",
      labelNames: ["method", "code"],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { method, codes } of calls.rows) {
          codes.forEach((count, code) => {
            if (count > 0) this.inc({ method, code: codeName(code) }, count);
          });
        }
      },
    });
    const about = {
      name: callDuration,
      help: "From a call's OPEN to its last frame, inside the router.",
    };
    const histogram = new Histogram({
      ...about,
      labelNames: ["method"],
      buckets: [...bucketSeconds],
      registers: [this.#registry],
    });
    // prom-client's `observe` costs more than the router spends on a call: the table has counted, and is read here.
    Object.assign(histogram, {
      getForPromString: async () => ({
        ...about,
        type: "histogram",
        aggregator: "sum",
        values: [...calls.rows].flatMap(histogramValues),
      }),
    });
  }
}

function histogramValues({ method, buckets, seconds }: MethodCalls) {
  let count = 0;
  const values = buckets.map((calls, at) => {
    count += calls;
    const le = bucketSeconds[at] ?? "+Inf";
    return { metricName: `${callDuration}_bucket`, labels: { le, method }, value: count };
  });
  return [
    ...values,
    { metricName: `${callDuration}_sum`, labels: { method }, value: seconds },
    { metricName: `${callDuration}_count`, labels: { method }, value: count },
  ];
}
