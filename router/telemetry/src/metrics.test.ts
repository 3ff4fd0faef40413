import { readFileSync } from "node:fs";
import { Code, LinkCode } from "@nexus-bridge/protocol";
import type { CallSeen, RouterStats } from "@nexus-bridge/router-core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bucketSeconds, METHODS_MAX } from "./call-table.ts";
import { Metrics } from "./metrics.ts";

const stats: RouterStats = {
  links: 3,
  services: 2,
  subscriptions: 4,
  callsInFlight: 1,
  calls: 12,
  callsRefused: 5,
  publishesRefused: 6,
  linksRefused: 7,
  published: 8,
  stored: 20,
  duplicates: 21,
  keptMessages: 22,
  keptBytes: 23,
  keptTopics: 24,
  retainedValues: 25,
  producers: 26,
  delivered: 9,
  redelivered: 27,
  deadLettered: 28,
  sharedCursors: 29,
  timers: 30,
  schemaRefused: 31,
  schemaLossy: 32,
  schemaUnknown: 33,
  dropped: 10,
  queuedBytes: 11,
  creditBytes: 13,
  slabBytes: 14,
};

const createMetrics = () => new Metrics({ stats: () => stats, isDraining: () => true });

const call = (more: Partial<CallSeen> = {}): CallSeen => ({
  requester: 1,
  requesterStream: 1,
  responder: 2,
  responderStream: 2,
  method: "demo.Echo/Say",
  instance: "",
  code: Code.OK,
  durationMs: 1,
  requestBytes: 0,
  responseBytes: 0,
  traceId: undefined,
  ...more,
});

describe("metrics", () => {
  test("show the router's own figures, also when asked twice", async () => {
    const metrics = createMetrics();
    for (let asked = 0; asked < 2; asked++) {
      const lines = (await metrics.text()).split("\n");
      expect(lines).toContain("nexus_links 3");
      expect(lines).toContain("nexus_queued_bytes 11");
      expect(lines).toContain("nexus_calls_started_total 12");
      expect(lines).toContain("nexus_messages_refused_total 6");
      expect(lines).toContain("nexus_links_refused_total 7");
      expect(lines).toContain("nexus_schema_refusals_total 31");
      expect(lines).toContain("nexus_schema_lossy_total 32");
      expect(lines).toContain("nexus_schema_unknown_total 33");
      expect(lines).toContain("nexus_draining 1");
      expect(lines).toContain('nexus_messages_dropped_total{reason="slow"} 0');
    }
  });

  test("count calls by method and code, and their time in buckets", async () => {
    const metrics = createMetrics();
    metrics.callEnded(call({ durationMs: 0.4 }));
    metrics.callEnded(call({ durationMs: 3 }));
    metrics.callEnded(call({ durationMs: 60_000, code: Code.NOT_FOUND }));
    const lines = (await metrics.text()).split("\n");
    const method = 'method="demo.Echo/Say"';
    expect(lines).toContain(`nexus_calls_total{${method},code="OK"} 2`);
    expect(lines).toContain(`nexus_calls_total{${method},code="NOT_FOUND"} 1`);
    expect(lines).toContain("# TYPE nexus_call_duration_seconds histogram");
    const bucket = (le: string, value: number) =>
      `nexus_call_duration_seconds_bucket{le="${le}",${method}} ${value}`;
    expect(lines).toContain(bucket("0.0005", 1));
    expect(lines).toContain(bucket("0.0025", 1));
    expect(lines).toContain(bucket("0.005", 2));
    expect(lines).toContain(bucket("10", 2));
    expect(lines).toContain(bucket("+Inf", 3));
    expect(lines).toContain(`nexus_call_duration_seconds_count{${method}} 3`);
    expect(lines).toContain(`nexus_call_duration_seconds_sum{${method}} 60.0034`);
  });

  test("put every duration into the first bucket that holds it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.double({ min: 0, max: 20_000, noNaN: true }), async (durationMs) => {
        const metrics = createMetrics();
        metrics.callEnded(call({ durationMs }));
        const found = /bucket\{le="([^"]+)",[^}]*\} 1\n/.exec(await metrics.text())?.[1];
        const expected = bucketSeconds.find((le) => durationMs <= le * 1000) ?? "+Inf";
        expect(found).toBe(String(expected));
      }),
      { numRuns: 50 },
    );
  });

  test("tell so many methods apart and no more", async () => {
    const metrics = createMetrics();
    for (let at = 0; at < METHODS_MAX + 50; at++) metrics.callEnded(call({ method: `a.B/M${at}` }));
    const text = await metrics.text();
    expect(text.match(/nexus_calls_total\{/g)).toHaveLength(METHODS_MAX + 1);
    expect(text).toContain('nexus_calls_total{method="other",code="OK"} 50');
  });

  test("count links, refusals, drops and faults by their codes", async () => {
    const metrics = createMetrics();
    metrics.event({ kind: "linkOpened", link: 1, remote: "x" });
    const code = LinkCode.HEADER_CRC;
    metrics.event({ kind: "linkClosed", link: 1, remote: "x", code, message: "" });
    metrics.event({ kind: "dropped", link: 1, topic: "a", count: 7, reason: 1 });
    metrics.event({
      kind: "refused",
      link: 1,
      what: "call demo.Echo/Say",
      code: Code.UNAVAILABLE,
      reason: 0,
      message: "",
    });
    metrics.event({ kind: "failed", link: 1, message: "" });
    metrics.event({ kind: "connectionFailed", remote: "x", message: "" });
    const lines = (await metrics.text()).split("\n");
    expect(lines).toContain("nexus_links_opened_total 1");
    expect(lines).toContain('nexus_links_closed_total{code="HEADER_CRC"} 1');
    expect(lines).toContain('nexus_messages_dropped_total{reason="slow"} 7');
    expect(lines).toContain('nexus_refusals_total{what="call",code="UNAVAILABLE"} 1');
    expect(lines).toContain("nexus_faults_total 1");
    expect(lines).toContain("nexus_connections_failed_total 1");
  });

  test("are those that the guide names", async () => {
    const guide = readFileSync(
      new URL("../../../docs/guides/operation.md", import.meta.url),
      "utf8",
    );
    const documented = [...guide.matchAll(/^\| `((?:nexus|process)_[a-z_]+)/gm)].map(
      ([, name]) => name,
    );
    const exposed = [...(await createMetrics().text()).matchAll(/^# TYPE (\S+)/gm)].map(
      ([, name]) => name,
    );
    expect(documented.toSorted()).toEqual(exposed.toSorted());
  });
});
