import { describe, expect, it } from "vitest";
import type { HandlerContext } from "./handler-context.ts";
import type { Link } from "./link/link.ts";
import { memoryLink } from "./memory/memory-link.ts";
import { all, failure, gate } from "./testing/gate.ts";
import { type NoteInit, NoteService, type NoteServiceHandler } from "./testing/notes.ts";
import { TestClock } from "./testing/test-clock.ts";

/** A handler that waits until its call is given up, and says why. */
function waiting() {
  const entered = gate<HandlerContext>();
  const aborted = gate<unknown>();
  const handler: NoteServiceHandler = {
    get(_, context) {
      entered.open(context);
      return new Promise((_, reject) => {
        context.signal.addEventListener("abort", () => {
          aborted.open(context.signal.reason);
          reject(context.signal.reason);
        });
      });
    },
  };
  return { entered, aborted, handler };
}

describe("cancelling", () => {
  it("ends the call here and the handler there", async () => {
    const { entered, aborted, handler } = waiting();
    const link = memoryLink();
    await link.serve(NoteService, handler);
    const controller = new AbortController();
    const call = link.client(NoteService).get({}, { signal: controller.signal });
    await entered.opened;
    controller.abort("enough");
    expect(await failure(call)).toMatchObject({ code: "CANCELLED", cause: "enough" });
    expect(await aborted.opened).toMatchObject({ code: "CANCELLED" });
  });

  it("sends nothing for a signal that is aborted already", async () => {
    const link = memoryLink();
    let ran = false;
    await link.serve(NoteService, {
      get() {
        ran = true;
        return {};
      },
      *watch() {
        ran = true;
        yield {};
      },
    });
    const notes = link.client(NoteService);
    const options = { signal: AbortSignal.abort("before") };
    expect(await failure(notes.get({}, options))).toMatchObject({ code: "CANCELLED" });
    expect(await failure(all(notes.watch({}, options)))).toMatchObject({ code: "CANCELLED" });
    await link.drain();
    expect(ran).toBe(false);
  });

  it("ends the handler's stream when the reader leaves its loop", async () => {
    const link = memoryLink();
    const left = gate();
    await link.serve(NoteService, {
      async *watch(_, { signal }) {
        try {
          for (let count = 0; ; count += 1) yield { count };
        } finally {
          if (signal.aborted) left.open();
        }
      },
    });
    for await (const { count } of link.client(NoteService).watch({})) if (count === 3) break;
    await left.opened;
  });

  it("ends the source of the requests when the handler has answered", async () => {
    const link = memoryLink();
    await link.serve(NoteService, { put: () => ({ text: "enough" }) });
    const left = gate();
    const endless = (async function* (): AsyncGenerator<NoteInit> {
      try {
        for (;;) yield { count: 1 };
      } finally {
        left.open();
      }
    })();
    expect((await link.client(NoteService).put(endless)).text).toBe("enough");
    await left.opened;
  });

  it("keeps the slot of a cancelled call until its handler has really ended", async () => {
    const link = memoryLink({ random: () => 0 });
    const entered = gate();
    const leave = gate();
    await link.serve(
      NoteService,
      {
        async get() {
          entered.open();
          await leave.opened;
          return {};
        },
      },
      { concurrency: 1 },
    );
    const notes = link.client(NoteService);
    const controller = new AbortController();
    const first = notes.get({}, { signal: controller.signal });
    await entered.opened;
    controller.abort();
    await failure(first);
    expect(await failure(notes.get({}))).toMatchObject({ code: "RESOURCE_EXHAUSTED" });
    leave.open();
    await leave.opened;
    expect(await notes.get({})).toBeDefined();
  });
});

describe("deadlines", () => {
  async function timed(handler: NoteServiceHandler): Promise<{ clock: TestClock; link: Link }> {
    const clock = new TestClock();
    const link = memoryLink({ clock });
    await link.serve(NoteService, handler);
    return { clock, link };
  }

  it("ends the call and its handler when the time is over", async () => {
    const { entered, aborted, handler } = waiting();
    const { clock, link } = await timed(handler);
    const call = failure(link.client(NoteService).get({}, { timeoutMs: 250 }));
    const context = await entered.opened;
    expect(context.timeLeftMs).toBe(250);
    await clock.advance(249);
    expect(context.signal.aborted).toBe(false);
    await clock.advance(20);
    expect(await call).toMatchObject({ code: "DEADLINE_EXCEEDED" });
    await aborted.opened;
  });

  it("sends nothing when there is no time at all", async () => {
    let ran = false;
    const { link } = await timed({
      get() {
        ran = true;
        return {};
      },
      *watch() {
        ran = true;
        yield {};
      },
    });
    const notes = link.client(NoteService);
    const options = { timeoutMs: 0 };
    const expired = { code: "DEADLINE_EXCEEDED", notExecuted: true };
    expect(await failure(notes.get({}, options))).toMatchObject(expired);
    expect(await failure(all(notes.watch({}, options)))).toMatchObject(expired);
    await link.drain();
    expect(ran).toBe(false);
  });

  it("takes the method's own timeout, else 30 s for a unary call", async () => {
    const left: (number | undefined)[] = [];
    const { link } = await timed({
      get(_, { timeLeftMs }) {
        left.push(timeLeftMs);
        return {};
      },
      getTwice(_, { timeLeftMs }) {
        left.push(timeLeftMs);
        return {};
      },
      *watch(_, { timeLeftMs }) {
        left.push(timeLeftMs);
        yield {};
      },
    });
    const notes = link.client(NoteService);
    await notes.get({});
    await notes.getTwice({});
    await all(notes.watch({}));
    await notes.get({}, { timeoutMs: null });
    expect(left).toEqual([30_000, 2_000, undefined, undefined]);
  });

  it("ends a stream that takes too long, after the messages before", async () => {
    const { clock, link } = await timed({
      async *watch() {
        yield { count: 1 };
        await new Promise(() => {});
      },
    });
    const seen = gate();
    const reading = failure(
      (async () => {
        for await (const _ of link.client(NoteService).watch({}, { timeoutMs: 100 })) seen.open();
      })(),
    );
    await seen.opened;
    await clock.advance(120);
    expect(await reading).toMatchObject({ code: "DEADLINE_EXCEEDED" });
  });

  it("lowers what a handler calls to the time it has left itself, and passes its cancellation on", async () => {
    const inner = waiting();
    const { clock, link } = await timed({
      ...inner.handler,
      async short(_, context) {
        return context.link.client(NoteService).get({}, { timeoutMs: 60_000 });
      },
    });
    const controller = new AbortController();
    const options = { timeoutMs: 1_000, signal: controller.signal };
    const call = failure(link.client(NoteService).short({}, options));
    const context = await inner.entered.opened;
    expect(context.timeLeftMs).toBe(1_000);
    await clock.advance(400);
    expect(context.timeLeftMs).toBe(600);
    controller.abort();
    expect(await call).toMatchObject({ code: "CANCELLED" });
    await inner.aborted.opened;
  });

  it("forwards the metadata that forwardMetadata names, and no other", async () => {
    const link = memoryLink({ forwardMetadata: ["x-tenant"] });
    const seen: unknown[] = [];
    await link.serve(NoteService, {
      get(_, { metadata }) {
        seen.push(...metadata);
        return {};
      },
      short: (_, context) =>
        context.link.client(NoteService).get({}, { metadata: { "x-own": "3" } }),
    });
    const metadata = { "x-tenant": "1", "x-other": "2" };
    await link.client(NoteService).short({}, { metadata });
    expect(seen).toEqual([
      ["x-tenant", "1"],
      ["x-own", "3"],
    ]);
  });
});
