/**
 * The honest neighbour of every attack: calls and publishes at a steady rate through the same router, and counts what became of
 * it. It never sends again what failed.
 */
import { connect, type Link } from "@nexus-bridge/sdk-node";
import { OrderCreatedTopic, OrderService } from "../gen/orders/v1/index.ts";

const TICK_MS = 5;
/** Calls and publishes that wait for their end at once. */
const ON_THE_WAY_MAX = 80;
/** Calls of the steady load that each stretch must have before and after its blows. */
const CALLS_MIN = 20;
const TIMEOUT_MS = 15_000;

export interface Tally {
  readonly calls: number;
  readonly failed: readonly string[];
  readonly published: number;
  readonly received: number;
  readonly gaps: number;
}

export interface Control {
  /** What failed so far, in words. */
  readonly failed: readonly string[];
  /** Calls of its own that were answered. */
  readonly calls: number;
  /** Calls that reached the provider, whoever made them. */
  readonly handled: number;
  /** 99 % of its calls took at most so many milliseconds since it was last asked. */
  takeP99Ms(): number;
  /** Resolves when so many further calls have been answered since it was asked. */
  answered(calls?: number): Promise<void>;
  /** Ends the load, waits for what is on its way, and says how it went. */
  finish(): Promise<Tally>;
}

export async function startControl(url: string): Promise<Control> {
  const provider = await connect(url, { name: "control-provider" });
  const caller = await connect(url, { name: "control-caller" });
  const load = new SteadyLoad(caller);
  await provider.serve(OrderService, {
    getOrder: ({ id }) => {
      load.handled++;
      return { id };
    },
    async *watchOrders() {},
    placeOrders: async () => ({ accepted: 0 }),
    async *chat() {},
  });
  await load.start();
  return {
    get failed() {
      return load.failed;
    },
    get calls() {
      return load.calls;
    },
    get handled() {
      return load.handled;
    },
    takeP99Ms: () => load.takeP99Ms(),
    answered: (calls = CALLS_MIN) => load.answered(calls),
    async finish() {
      const tally = await load.finish();
      await Promise.all([provider.close(), caller.close()]);
      return tally;
    },
  };
}

class SteadyLoad {
  handled = 0;
  calls = 0;
  readonly failed: string[] = [];
  readonly #link: Link;
  readonly #orders;
  readonly #onTheWay = new Set<Promise<void>>();
  readonly #waiting = new Set<{ readonly calls: number; readonly resolve: () => void }>();
  #tookMs: number[] = [];
  #published = 0;
  #received = 0;
  #gaps = 0;
  #timer: NodeJS.Timeout | undefined;
  #allReceived: (() => void) | undefined;

  constructor(link: Link) {
    this.#link = link;
    this.#orders = link.client(OrderService);
  }

  async start(): Promise<void> {
    const events = await this.#link.subscribe(OrderCreatedTopic.matching({ region: "control" }));
    void (async () => {
      for await (const item of events) {
        if (item.kind === "gap") this.#gaps += item.count;
        else this.#received++;
        if (this.#received + this.#gaps === this.#published) this.#allReceived?.();
      }
    })();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    await this.answered(CALLS_MIN);
  }

  answered(calls: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.add({ calls: this.calls + calls, resolve }));
  }

  async finish(): Promise<Tally> {
    clearInterval(this.#timer);
    await Promise.all(this.#onTheWay);
    const limit = Promise.withResolvers<void>();
    const timer = setTimeout(limit.resolve, TIMEOUT_MS);
    if (this.#received + this.#gaps < this.#published) {
      const all = new Promise<void>((resolve) => {
        this.#allReceived = resolve;
      });
      await Promise.race([all, limit.promise]);
    }
    clearTimeout(timer);
    return {
      calls: this.calls,
      failed: this.failed,
      published: this.#published,
      received: this.#received,
      gaps: this.#gaps,
    };
  }

  #tick(): void {
    // Of a router that is busy an honest client asks nothing more; it has its own credit to keep to.
    if (this.#onTheWay.size >= ON_THE_WAY_MAX) return;
    this.#follow(this.#call());
    this.#follow(this.#publish());
  }

  #follow(action: Promise<void>): void {
    const followed = action
      .catch((error: unknown) => {
        this.failed.push(String(error));
      })
      .finally(() => this.#onTheWay.delete(followed));
    this.#onTheWay.add(followed);
  }

  takeP99Ms(): number {
    const sorted = this.#tookMs.sort((a, b) => a - b);
    this.#tookMs = [];
    return sorted[Math.floor(sorted.length * 0.99)] ?? 0;
  }

  async #call(): Promise<void> {
    const startedAt = performance.now();
    const order = await this.#orders.getOrder({ id: "o-1" }, { timeoutMs: TIMEOUT_MS });
    if (order.id !== "o-1") throw new Error(`order ${order.id} was not asked for`);
    this.calls++;
    this.#tookMs.push(performance.now() - startedAt);
    for (const waiting of this.#waiting) {
      if (this.calls < waiting.calls) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }

  async #publish(): Promise<void> {
    this.#published++;
    await this.#link.publish(OrderCreatedTopic, {
      region: "control",
      orderId: String(this.#published),
    });
  }
}
