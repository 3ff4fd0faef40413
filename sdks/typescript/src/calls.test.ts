import { limits } from "@nexus-bridge/protocol";
import { describe, expect, it } from "vitest";
import type { ResponseInfo } from "./call-options.ts";
import type { LinkOptions } from "./link-options.ts";
import { memoryLink } from "./memory/memory-link.ts";
import type { NexusError } from "./nexus-error.ts";
import { sendQueue } from "./send-queue.ts";
import { all, failure, gate } from "./testing/gate.ts";
import {
  type NoteInit,
  NoteMissingError,
  NoteService,
  type NoteServiceClient,
  type NoteServiceHandler,
} from "./testing/notes.ts";

async function serving(
  handler: NoteServiceHandler,
  options: LinkOptions = {},
): Promise<NoteServiceClient> {
  const link = memoryLink(options);
  await link.serve(NoteService, handler);
  return link.client(NoteService);
}

describe("the four kinds of call", () => {
  it("answers a unary call", async () => {
    const notes = await serving({ get: ({ text }) => ({ text: `${text}!` }) });
    expect((await notes.get({ text: "hello" })).text).toBe("hello!");
  });

  it("answers a unary call whose handler takes its time", async () => {
    const notes = await serving({
      async get({ count }) {
        await Promise.resolve();
        return { count: count + 1 };
      },
    });
    const replies = await Promise.all([1, 2, 3].map((count) => notes.get({ count })));
    expect(replies.map(({ count }) => count)).toEqual([2, 3, 4]);
  });

  it("streams replies beyond the first credit, in order", async () => {
    const notes = await serving({
      *watch({ count }) {
        for (let each = 0; each < count; each += 1) yield { count: each };
      },
    });
    const counts = (await all(notes.watch({ count: 500 }))).map(({ count }) => count);
    expect(counts).toEqual(Array.from({ length: 500 }, (_, index) => index));
  });

  it("takes a stream of requests beyond the first credit", async () => {
    const notes = await serving({
      async put(requests) {
        const counts = (await all(requests)).map(({ count }) => count);
        return { count: counts.reduce((sum, each) => sum + each, 0) };
      },
    });
    const requests = Array.from({ length: 500 }, (): NoteInit => ({ count: 1 }));
    expect((await notes.put(requests)).count).toBe(500);
  });

  it("answers each message of a conversation before the next is sent", async () => {
    const notes = await serving({
      async *chat(requests) {
        for await (const { text } of requests) yield { text: text.toUpperCase() };
      },
    });
    const outgoing = sendQueue<NoteInit>();
    await outgoing.send({ text: "a" });
    const heard: string[] = [];
    for await (const { text } of notes.chat(outgoing)) {
      heard.push(text);
      if (heard.length < 5) await outgoing.send({ text: `${text}b` });
      else outgoing.end();
    }
    expect(heard).toEqual(["A", "AB", "ABB", "ABBB", "ABBBB"]);
  });

  it("refuses to read the replies of one call twice", async () => {
    const notes = await serving({ *watch() {} });
    const replies = notes.watch({});
    await all(replies);
    expect(await failure(all(replies))).toMatchObject({ code: "FAILED_PRECONDITION" });
  });
});

describe("large messages", () => {
  const large = new Uint8Array(1 << 20).map((_, index) => index * 31);

  it("carries a mebibyte each way of a unary call", async () => {
    const notes = await serving({ get: ({ bytes }) => ({ bytes }) });
    expect((await notes.get({ bytes: large })).bytes).toEqual(large);
  });

  it("carries large messages both ways at once", async () => {
    const notes = await serving({ chat: (requests) => requests });
    const replies = await all(notes.chat([{ bytes: large }, { text: "x" }, { bytes: large }]));
    expect(replies.map(({ bytes }) => bytes.length)).toEqual([1 << 20, 0, 1 << 20]);
    expect(replies[2]?.bytes).toEqual(large);
  });

  it("refuses a message above 64 MiB before sending", async () => {
    const notes = await serving({ get: () => ({}) });
    const error = await failure(notes.get({ bytes: new Uint8Array(limits.messageBytes + 1) }));
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT", reason: "TOO_LARGE" });
  });
});

describe("errors", () => {
  it("carries a schema error with its detail", async () => {
    const notes = await serving({
      get({ text }) {
        throw NoteMissingError.create({ text });
      },
    });
    const error = await failure(notes.get({ text: "n-1" }));
    expect(NoteMissingError.is(error) && error.detail.text).toBe("n-1");
    expect(error).toMatchObject({ code: "NOT_FOUND", retryable: false });
  });

  it("tells nothing of another failure, and reports it here", async () => {
    const reports: unknown[] = [];
    const notes = await serving(
      {
        get() {
          throw new Error("secret");
        },
      },
      { onDiagnostic: (each) => each.kind === "handlerFailed" && reports.push(each.error) },
    );
    const error = await failure(notes.get({}));
    expect(error).toMatchObject({ code: "INTERNAL", message: "handler failed", details: [] });
    expect(reports).toEqual([new Error("secret")]);
  });

  it("reports an undeclared schema error once", async () => {
    const reports: string[] = [];
    const notes = await serving(
      {
        getTwice() {
          throw NoteMissingError.create();
        },
      },
      { onDiagnostic: (each) => each.kind === "undeclaredError" && reports.push(each.type) },
    );
    await failure(notes.getTwice({}));
    await failure(notes.getTwice({}));
    expect(reports).toEqual(["notes.v1.NoteMissing"]);
  });

  it("answers UNIMPLEMENTED for a method that the handler does not have", async () => {
    const notes = await serving({});
    expect(await failure(notes.get({}))).toMatchObject({
      code: "UNIMPLEMENTED",
      notExecuted: true,
    });
  });

  it("hands over an error after the messages before it", async () => {
    const notes = await serving({
      *watch() {
        yield { count: 1 };
        yield { count: 2 };
        throw NoteMissingError.create({ text: "third" });
      },
    });
    const seen: number[] = [];
    const error = await failure(
      (async () => {
        for await (const { count } of notes.watch({})) seen.push(count);
      })(),
    );
    expect(seen).toEqual([1, 2]);
    expect(NoteMissingError.is(error)).toBe(true);
  });

  it("refuses what breaks a rule of the schema before the handler runs", async () => {
    let ran = false;
    const notes = await serving({
      short() {
        ran = true;
        return {};
      },
    });
    const error = await failure(notes.short({ text: "nine char" }));
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect((error as NexusError).details[0]?.typeUrl).toContain("nexus.v1.ValidationFailed");
    expect(ran).toBe(false);
  });

  it("names the field that cannot be encoded", async () => {
    const notes = await serving({ get: () => ({}) });
    const error = await failure(notes.get({ count: -1 }));
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(String(error)).toContain("field 2");
  });

  it("fails UNAVAILABLE without a provider", async () => {
    const notes = memoryLink({ random: () => 0 }).client(NoteService);
    const error = await failure(notes.get({}));
    expect(error).toMatchObject({ code: "UNAVAILABLE", reason: "NO_PROVIDER", notExecuted: true });
  });

  it("ends a call whose requests are no stream", async () => {
    const notes = await serving({ put: () => new Promise(() => {}) });
    const error = await failure(notes.put({ text: "one" } as never));
    expect(error).toMatchObject({ code: "CANCELLED", cause: expect.any(TypeError) });
  });

  it("ends a call whose source of requests fails", async () => {
    const left = gate();
    const notes = await serving({
      async put(requests, { signal }) {
        signal.addEventListener("abort", () => left.open());
        await all(requests);
        return {};
      },
    });
    const error = await failure(
      notes.put(
        (async function* () {
          yield { count: 1 };
          throw new Error("disk");
        })(),
      ),
    );
    expect(error).toMatchObject({ code: "CANCELLED", cause: new Error("disk") });
    await left.opened;
  });
});

describe("metadata", () => {
  it("carries an ordered multimap of text and bytes there", async () => {
    const seen: unknown[] = [];
    const notes = await serving({
      get(_, { metadata, method }) {
        seen.push([...metadata], metadata.getAll("x-a"), method);
        return {};
      },
    });
    const bytes = Uint8Array.of(0, 255);
    await notes.get({}, { metadata: { "x-a": ["1", "2"], "x-b-bin": bytes } });
    expect(seen).toEqual([
      [
        ["x-a", "1"],
        ["x-a", "2"],
        ["x-b-bin", bytes],
      ],
      ["1", "2"],
      "notes.v1.NoteService/Get",
    ]);
  });

  it("carries headers and trailers back", async () => {
    const notes = await serving({
      async get(_, context) {
        context.setHeaders({ "x-first": "1" });
        context.setTrailers({ "x-last": "2" });
        return { text: "reply" };
      },
      async *watch(_, context) {
        context.setHeaders({ "x-first": "3" });
        yield {};
        expect(() => context.setHeaders({})).toThrow("headers go before the first message");
        context.setTrailers({ "x-last": "4" });
      },
    });
    const told: ResponseInfo[] = [];
    const onResponse = (response: ResponseInfo): void => void told.push(response);
    expect((await notes.get({}, { onResponse })).text).toBe("reply");
    expect(await all(notes.watch({}, { onResponse }))).toHaveLength(1);
    const read = told.map(({ headers, trailers }) => [
      headers.get("x-first"),
      trailers.get("x-last"),
    ]);
    expect(read).toEqual([
      ["1", "2"],
      ["3", "4"],
    ]);
  });

  it.each([
    ["Upper", "x"],
    ["nexus-internal", "x"],
    ["grpc-timeout", "x"],
    ["traceparent", "x"],
    ["tracestate", "x"],
    ["x-bin", "text"],
    ["", "x"],
  ])("refuses the pair %j: %j before sending", async (key, value) => {
    const notes = await serving({ get: () => ({}) });
    const error = await failure(notes.get({}, { metadata: { [key]: value } }));
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT", notExecuted: true });
  });

  it("refuses more than 64 pairs and more than 12 KiB", async () => {
    const notes = await serving({ get: () => ({}) });
    const many = Array.from({ length: 65 }, (_, index) => [`k${index}`, ""] as const);
    expect(await failure(notes.get({}, { metadata: many }))).toMatchObject({
      code: "INVALID_ARGUMENT",
    });
    const long = { "x-long": "a".repeat(limits.clientMetaBytes) };
    expect(await failure(notes.get({}, { metadata: long }))).toMatchObject({
      reason: "TOO_LARGE",
    });
  });
});

describe("options", () => {
  it.each([{ priority: 8 }, { priority: 1.5 }, { timeoutMs: -1 }, { timeoutMs: Number.NaN }])(
    "refuses %j",
    async (options) => {
      const notes = await serving({ get: () => ({}) });
      expect(await failure(notes.get({}, options))).toMatchObject({ code: "INVALID_ARGUMENT" });
      expect(await failure(all(notes.watch({}, options)))).toMatchObject({
        code: "INVALID_ARGUMENT",
      });
    },
  );

  it("refuses calls above the service's concurrency, certainly not executed", async () => {
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
    const first = notes.get({});
    await entered.opened;
    const error = await failure(notes.get({}));
    expect(error).toMatchObject({ code: "RESOURCE_EXHAUSTED", notExecuted: true });
    leave.open();
    await first;
    expect(await notes.get({})).toBeDefined();
  });
});
