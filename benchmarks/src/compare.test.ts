import { describe, expect, it } from "vitest";
import { compare, median } from "./compare.ts";
import type { Peer } from "./peer.ts";
import type { Program } from "./process.ts";

/** A peer whose runs take a second, count what they are told to and use a microsecond a call. */
function peer(name: string, counts: readonly number[], stopped: string[]): Peer {
  let run = -1;
  let cpu = 0;
  const program: Program = {
    run: async () => {
      // The first run is the warm-up, which counts for nothing.
      const count = run < 0 ? 1 : (counts[run] ?? 0);
      run += 1;
      cpu += count;
      return { count, seconds: 1, p50Us: 5, p99Us: 9, lost: 0 };
    },
    cpuMicroseconds: async () => cpu,
    memory: async () => ({ heldKib: 0, residentKib: 0, residentKibMax: 0 }),
    figures: async () => ({}),
    stop: async () => {
      stopped.push(name);
    },
  };
  return {
    name,
    version: "1",
    workloads: ["rpc"],
    features: [],
    warmUpMs: 1,
    start: async () => ({ client: program, worker: program }),
  };
}

const plan = { workload: "rpc", inFlight: [64], payloadBytes: 8, runs: 3, durationMs: 1 } as const;

describe("a comparison", () => {
  it("takes medians, and ratios from runs that were neighbours in time", async () => {
    const stopped: string[] = [];
    const peers = [peer("nexus", [100, 400, 900], stopped), peer("other", [50, 100, 100], stopped)];
    const { rows, ratios } = await compare({ ...plan, peers, progress: () => {} });
    expect(rows.map(({ peer: name, perSecond }) => [name, perSecond])).toEqual([
      ["nexus", 400],
      ["other", 100],
    ]);
    expect(rows[0]?.cpuUs).toEqual({ client: 1, worker: 1 });
    expect(ratios).toMatchObject([{ against: "other", median: 4, min: 2, max: 9 }]);
    expect(stopped).toEqual(["nexus", "nexus", "other", "other"]);
  });

  it("ends every process when one cannot start", async () => {
    const stopped: string[] = [];
    const broken = {
      ...peer("broken", [], stopped),
      start: () => Promise.reject(new Error("no port")),
    };
    const peers = [peer("nexus", [], stopped), broken];
    await expect(compare({ ...plan, peers, progress: () => {} })).rejects.toThrow("no port");
    expect(stopped).toEqual(["nexus", "nexus"]);
  });
});

it.each([
  [[3, 1, 2], 2],
  [[4, 1, 2, 3], 2.5],
  [[7], 7],
])("the median of %j is %d", (values, expected) => {
  expect(median(values)).toBe(expected);
});
