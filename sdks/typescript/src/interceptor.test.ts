import { describe, expect, it } from "vitest";
import type { Interceptor } from "./interceptor.ts";
import { memoryLink } from "./memory/memory-link.ts";
import { all, failure } from "./testing/gate.ts";
import { type Note, NoteMissingError, NoteService, NoteTopic } from "./testing/notes.ts";

function recording(name: string, log: string[]): Interceptor {
  return async (call, next) => {
    log.push(`${name} ${call.kind} ${call.target}`);
    const reply = await next({ ...call, metadata: call.metadata.with("x-by", name) });
    return {
      ...reply,
      messages: (async function* () {
        for await (const message of reply.messages) {
          log.push(`${name} got ${(message as Note).text}`);
          yield message;
        }
      })(),
    };
  };
}

describe("interceptors", () => {
  it("stand around every kind of call, the first outermost", async () => {
    const log: string[] = [];
    const interceptors = [recording("outer", log), recording("inner", log)];
    const link = memoryLink({ interceptors });
    await link.serve(NoteService, {
      get: (_, { metadata }) => ({ text: metadata.getAll("x-by").join() }),
      chat: (requests) => requests,
    });
    const notes = link.client(NoteService);
    expect((await notes.get({})).text).toBe("outer,inner");
    expect(await all(notes.chat([{ text: "a" }]))).toHaveLength(1);
    expect(log).toEqual([
      "outer unary notes.v1.NoteService/Get",
      "inner unary notes.v1.NoteService/Get",
      "inner got outer,inner",
      "outer got outer,inner",
      "outer bidi notes.v1.NoteService/Chat",
      "inner bidi notes.v1.NoteService/Chat",
      "inner got a",
      "outer got a",
    ]);
  });

  it("see headers and trailers", async () => {
    const seen: unknown[] = [];
    const link = memoryLink({
      interceptors: [
        async (call, next) => {
          const reply = await next(call);
          void reply.headers.then((headers) => seen.push(headers.get("x-h")));
          void reply.trailers.then((trailers) => seen.push(trailers.get("x-t")));
          return reply;
        },
      ],
    });
    await link.serve(NoteService, {
      get(_, context) {
        context.setHeaders({ "x-h": "1" });
        context.setTrailers({ "x-t": "2" });
        return {};
      },
    });
    await link.client(NoteService).get({});
    expect(seen).toEqual(["1", "2"]);
  });

  it("may answer themselves, or refuse", async () => {
    const answer: Interceptor = async (call, next) => {
      if (call.kind !== "unary") throw NoteMissingError.create();
      const reply = await next(call);
      return {
        ...reply,
        messages: (async function* () {
          yield { text: "mine" };
        })(),
      };
    };
    const link = memoryLink({ interceptors: [answer] });
    const notes = link.client(NoteService);
    expect(await notes.get({})).toEqual({ text: "mine" });
    expect(NoteMissingError.is(await failure(notes.put([])))).toBe(true);
    expect(NoteMissingError.is(await failure(all(notes.watch({}))))).toBe(true);
  });

  it("hand the call's error through", async () => {
    const link = memoryLink({ interceptors: [(call, next) => next(call)] });
    await link.serve(NoteService, {
      get() {
        throw NoteMissingError.create({ text: "n" });
      },
    });
    const error = await failure(link.client(NoteService).get({}));
    expect(NoteMissingError.is(error) && error.detail.text).toBe("n");
  });

  it("stand around a publish", async () => {
    const log: string[] = [];
    const link = memoryLink({ interceptors: [recording("one", log)] });
    const items = await link.subscribe(NoteTopic);
    await link.publish(NoteTopic, { text: "a", count: 1 });
    const { value: item } = await items.next();
    expect(item?.kind === "event" && item.metadata.get("x-by")).toBe("one");
    expect(log).toEqual(["one publish notes.a.1"]);
  });
});
