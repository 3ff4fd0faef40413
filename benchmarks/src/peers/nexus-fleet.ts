/**
 * Many links in one process, each publishing at a steady rate to the next one, which alone subscribes to it:
 * `nexus-fleet.ts <url> <links>`. Send times are fixed beforehand; latency counts from them, so that nothing waits unseen.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { connect, type Link } from "@nexus-bridge/sdk-node";
import { BeatTopic } from "../gen/bench/v1/index.ts";
import { keepPace, Latencies } from "../pace.ts";
import { answerRuns, type RunParams, type RunResult } from "../run.ts";

const [, , url = "", count = ""] = process.argv;
/** Handshakes at once: fewer than the router greets at a time. */
const GREETINGS_MAX = 100;
const SETTLE_MS = 10_000;

/** A link that publishes its own beats and hears those of the link before it. */
class Member {
  readonly link: Link;
  readonly id: number;
  #next = 0;
  #expected = 0;

  constructor(link: Link, id: number) {
    this.link = link;
    this.id = id;
  }

  async listen(to: number, fleet: Fleet): Promise<void> {
    const items = await this.link.subscribe(BeatTopic.matching({ link: to }));
    void (async () => {
      for await (const item of items) {
        if (item.kind === "gap") {
          fleet.gaps += item.count;
          continue;
        }
        const { number, dueAtMs } = item.value;
        if (number !== this.#expected) fleet.outOfOrder++;
        this.#expected = number + 1;
        fleet.heard(dueAtMs);
      }
    })();
  }

  send(dueAtMs: number): Promise<unknown> {
    return this.link.publish(BeatTopic, { link: this.id, number: this.#next++, dueAtMs });
  }
}

class Fleet {
  readonly #members: Member[] = [];
  readonly #latencies = new Latencies();
  received = 0;
  gaps = 0;
  outOfOrder = 0;
  #refused = 0;
  #sent = 0;

  async open(links: number): Promise<void> {
    let next = 0;
    const lane = async (): Promise<void> => {
      while (next < links) {
        const id = next++;
        this.#members[id] = new Member(await connect(url), id);
      }
    };
    await Promise.all(Array.from({ length: Math.min(GREETINGS_MAX, links) }, lane));
    const before = (id: number): number => (id + links - 1) % links;
    await Promise.all(this.#members.map((member) => member.listen(before(member.id), this)));
  }

  heard(dueAtMs: number): void {
    this.received++;
    this.#latencies.record(dueAtMs);
  }

  async run({ durationMs, perSecond = 0 }: RunParams): Promise<RunResult> {
    this.#latencies.clear();
    const before = { told: this.#told, gaps: this.gaps, refused: this.#refused, sent: this.#sent };
    const { count, seconds } = await keepPace({
      perSecond,
      durationMs,
      send: (at, dueAtMs) => this.#send(at, dueAtMs),
    });
    const until = performance.now() + SETTLE_MS;
    while (this.#told < this.#sent && performance.now() < until) await sleep(1);
    const gaps = this.gaps - before.gaps;
    return {
      count,
      seconds,
      p50Us: this.#latencies.p50Us,
      p99Us: this.#latencies.p99Us,
      lost: this.#sent - before.sent - (this.#told - before.told) + gaps,
      gaps,
      figures: {
        maxUs: this.#latencies.maxUs,
        refused: this.#refused - before.refused,
        outOfOrder: this.outOfOrder,
      },
    };
  }

  /** What came, was told of by a gap, or was never sent. */
  get #told(): number {
    return this.received + this.gaps + this.#refused;
  }

  #send(at: number, dueAtMs: number): void {
    const member = this.#members[at % this.#members.length] as Member;
    this.#sent++;
    member.send(dueAtMs).catch(() => {
      this.#refused++;
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map(({ link }) => link.close()));
  }
}

await answerRuns(async () => {
  const fleet = new Fleet();
  await fleet.open(Number(count));
  return { run: (params) => fleet.run(params), stop: () => fleet.close() };
});
