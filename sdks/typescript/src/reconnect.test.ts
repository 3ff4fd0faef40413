import { describe, expect, it } from "vitest";
import { openLink } from "./connect.ts";
import { Link } from "./link/link.ts";
import type { Diagnostic, LinkOptions } from "./link-options.ts";
import { type Cuttable, cuttable } from "./testing/broken-dial.ts";
import { failure, gate } from "./testing/gate.ts";
import { NoteService, NoteTopic } from "./testing/notes.ts";
import { settle, TestClock } from "./testing/test-clock.ts";

function linkTo(network: Cuttable, options: LinkOptions = {}) {
  const clock = new TestClock();
  const diagnostics: Diagnostic[] = [];
  const link = new Link(new URL("test://router"), network.dial, {
    clock,
    random: () => 0.5,
    onDiagnostic: (each) => diagnostics.push(each),
    ...options,
  });
  return { clock, diagnostics, link };
}

describe("connecting", () => {
  it("keeps trying for five seconds, then names the address and the remedy", async () => {
    const network = cuttable();
    network.refusing = true;
    const { clock, link } = linkTo(network);
    const error = failure(link.connected);
    await clock.advance(4_990);
    const before = network.dials;
    expect(before).toBeGreaterThan(2);
    await clock.advance(20);
    expect(await error).toMatchObject({ code: "UNAVAILABLE", notExecuted: true });
    expect(String(await error)).toMatch(/test:\/\/router.*connection refused.*nexus start/);
    await clock.advance(60_000);
    expect(network.dials).toBe(before);
    expect(await failure(link.client(NoteService).get({}))).toMatchObject({ code: "UNAVAILABLE" });
  });

  it("gives a dialler that hangs up as well", async () => {
    const clock = new TestClock();
    const never = new Link(new URL("test://router"), () => new Promise(() => {}), { clock });
    const error = failure(never.connected);
    await clock.advance(5_010);
    expect(await error).toMatchObject({ code: "UNAVAILABLE" });
  });

  it("gives up also where the host's timer fires a little early", async () => {
    const wakes: (() => void)[] = [];
    const clock = {
      now: () => 1_000,
      after: (_: number, wake: () => void) => {
        wakes.push(wake);
        return { cancel: () => {}, hold: () => {} };
      },
    };
    const never = new Link(new URL("test://router"), () => new Promise(() => {}), { clock });
    const error = failure(never.connected);
    for (const wake of wakes) wake();
    expect(await error).toMatchObject({ code: "UNAVAILABLE" });
  });

  it("refuses an address that it cannot read or has no transport for", async () => {
    expect(await failure(openLink("no address", {}))).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(String(await failure(openLink("ftp://x", {})))).toContain('no transport for "ftp:"');
  });

  it("stops when its signal is aborted", async () => {
    const network = cuttable();
    network.refusing = true;
    const { link } = linkTo(network, { signal: AbortSignal.abort("no more") });
    expect(await failure(link.connected)).toMatchObject({ code: "CANCELLED", cause: "no more" });
  });
});

describe("a lost link", () => {
  it("is made again, with everything served on it", async () => {
    const network = cuttable();
    const { clock, diagnostics, link } = linkTo(network);
    await link.serve(NoteService, { get: ({ text }) => ({ text }) });
    network.cut();
    await clock.advance(200);
    expect((await link.client(NoteService).get({ text: "again" })).text).toBe("again");
    expect(diagnostics.map(({ kind }) => kind)).toEqual(["connected", "disconnected", "connected"]);
    expect(diagnostics[1]).toMatchObject({ retryInMs: 50 });
  });

  it("ends what is in flight UNAVAILABLE", async () => {
    const network = cuttable();
    const { clock, link } = linkTo(network);
    const entered = gate();
    const lost = gate<unknown>();
    await link.serve(NoteService, {
      get(_, { signal }) {
        entered.open();
        signal.addEventListener("abort", () => lost.open(signal.reason));
        return new Promise(() => {});
      },
    });
    const call = failure(link.client(NoteService).get({}));
    await entered.opened;
    network.cut();
    await settle();
    expect(await call).toMatchObject({ code: "UNAVAILABLE", notExecuted: false });
    expect(await lost.opened).toMatchObject({ code: "UNAVAILABLE" });
    await clock.advance(100);
  });

  it("tries an idempotent call again", async () => {
    const network = cuttable();
    const { clock, diagnostics, link } = linkTo(network);
    const attempts: number[] = [];
    const entered = gate();
    await link.serve(NoteService, {
      getTwice(_, { attempt }) {
        attempts.push(attempt);
        if (attempt > 0) return { text: "second" };
        entered.open();
        return new Promise(() => {});
      },
    });
    const call = link.client(NoteService).getTwice({});
    await entered.opened;
    network.cut();
    await clock.advance(500);
    expect((await call).text).toBe("second");
    expect(attempts).toEqual([0, 1]);
    expect(diagnostics.filter(({ kind }) => kind === "retry")).toMatchObject([
      { method: "notes.v1.NoteService/GetTwice", attempt: 1, code: "UNAVAILABLE" },
    ]);
  });

  it("does not deny what an earlier attempt may have executed", async () => {
    const network = cuttable();
    const { clock, link } = linkTo(network);
    const entered = gate();
    await link.serve(NoteService, {
      getTwice() {
        entered.open();
        return new Promise(() => {});
      },
    });
    const call = failure(link.client(NoteService).getTwice({}));
    await entered.opened;
    network.refusing = true;
    network.cut();
    await clock.advance(2_020);
    expect(await call).toMatchObject({ code: "DEADLINE_EXCEEDED", notExecuted: false });
    await link.close();
  });

  it("lets new calls wait until their deadline, or fail at once where they ask for it", async () => {
    const network = cuttable();
    const { clock, link } = linkTo(network);
    await link.serve(NoteService, { get: () => ({ text: "here" }) });
    network.refusing = true;
    network.cut();
    await settle();
    const notes = link.client(NoteService);
    expect(await failure(notes.get({}, { failFast: true }))).toMatchObject({
      code: "UNAVAILABLE",
      notExecuted: true,
    });
    const short = failure(notes.get({}, { timeoutMs: 1_000 }));
    const long = notes.get({}, { timeoutMs: 60_000 });
    await clock.advance(1_020);
    expect(await short).toMatchObject({ code: "DEADLINE_EXCEEDED", notExecuted: true });
    network.refusing = false;
    await clock.advance(10_000);
    expect((await long).text).toBe("here");
  });

  it("does not end a subscription, and tells of the hole", async () => {
    const network = cuttable();
    const { clock, link } = linkTo(network);
    const items = await link.subscribe(NoteTopic);
    await link.publish(NoteTopic, { text: "a", count: 1 });
    expect(await items.next()).toMatchObject({ value: { topic: "notes.a.1" } });
    network.cut();
    await settle();
    expect(await failure(link.publish(NoteTopic, { text: "a" }))).toMatchObject({
      code: "UNAVAILABLE",
    });
    await clock.advance(200);
    await link.publish(NoteTopic, { text: "a", count: 2 });
    expect(await items.next()).toMatchObject({
      value: { kind: "gap", topic: "notes.*.*", reason: "unreported", count: 0 },
    });
    expect(await items.next()).toMatchObject({ value: { topic: "notes.a.2" } });
  });

  it("gives providers time to come back as well, and no longer than that", async () => {
    const network = cuttable();
    const { clock, link } = linkTo(network);
    await link.connected;
    network.cut();
    await clock.advance(200);
    const notes = link.client(NoteService);
    // More than the budget for retries has, and for longer than three attempts take.
    const calls = Array.from({ length: 40 }, () => notes.get({}, { timeoutMs: 60_000 }));
    const hasty = failure(notes.get({}, { failFast: true, timeoutMs: 60_000 }));
    await clock.advance(3_000);
    expect(await hasty).toMatchObject({ code: "UNAVAILABLE", reason: "NO_PROVIDER" });
    const provider = new Link(new URL("test://router"), network.dial, { clock });
    const served = await provider.serve(NoteService, { get: () => ({ text: "back" }) });
    await clock.advance(1_000);
    expect(new Set((await Promise.all(calls)).map(({ text }) => text))).toEqual(new Set(["back"]));
    const drained = served.drain();
    await clock.advance(1_000);
    await drained;
    const late = failure(notes.get({}, { timeoutMs: 60_000 }));
    await clock.advance(4_000);
    expect(await late).toMatchObject({ code: "UNAVAILABLE", reason: "NO_PROVIDER" });
    await provider.close();
  });

  it("is not made again once it was closed", async () => {
    const network = cuttable();
    const { clock, link } = linkTo(network);
    await link.connected;
    await link.close();
    await clock.advance(60_000);
    expect(network.dials).toBe(1);
  });
});

describe("draining", () => {
  it("takes no more calls, finishes those in flight, then closes", async () => {
    const network = cuttable();
    const provider = linkTo(network);
    const caller = linkTo(network, { random: () => 0 });
    const entered = gate();
    const leave = gate();
    await provider.link.serve(NoteService, {
      async get() {
        entered.open();
        await leave.opened;
        return { text: "done" };
      },
    });
    const notes = caller.link.client(NoteService);
    const first = notes.get({});
    await entered.opened;
    const drained = provider.link.drain();
    await settle();
    const late = failure(notes.get({}));
    await caller.clock.advance(100);
    expect(await late).toMatchObject({ code: "UNAVAILABLE" });
    leave.open();
    expect((await first).text).toBe("done");
    await drained;
    expect(await failure(provider.link.client(NoteService).get({}))).toMatchObject({
      message: "the link is closed",
    });
  });

  it("ends what is left when the grace is over", async () => {
    const network = cuttable();
    const { clock, link } = linkTo(network);
    const entered = gate();
    const served = await link.serve(NoteService, {
      get() {
        entered.open();
        return new Promise(() => {});
      },
    });
    const call = failure(link.client(NoteService).get({}));
    await entered.opened;
    const drained = served.drain({ graceMs: 500 });
    await clock.advance(520);
    await drained;
    expect(await call).toMatchObject({ code: "UNAVAILABLE", reason: "SHUTTING_DOWN" });
  });

  it("lets the service be served again afterwards", async () => {
    const { link } = linkTo(cuttable());
    const served = await link.serve(NoteService, { get: () => ({ text: "first" }) });
    expect(await failure(link.serve(NoteService, {}))).toMatchObject({ code: "ALREADY_EXISTS" });
    await served.drain();
    await link.serve(NoteService, { get: () => ({ text: "second" }) });
    expect((await link.client(NoteService).get({})).text).toBe("second");
  });
});
