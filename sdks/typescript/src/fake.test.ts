import { expect, it } from "vitest";
import { fake } from "./fake.ts";
import { all, failure } from "./testing/gate.ts";
import { NoteService } from "./testing/notes.ts";

it("a fake calls the given handler through real codecs", async () => {
  const notes = fake(NoteService, {
    get: ({ text, count }) => ({ text, count: count + 1 }),
    *watch({ count }) {
      for (let each = 0; each < count; each += 1) yield { count: each };
    },
  });
  expect(await notes.get({ text: "a" })).toMatchObject({ text: "a", count: 1 });
  expect(await all(notes.watch({ count: 3 }))).toHaveLength(3);
  expect(await failure(notes.put([]))).toMatchObject({ code: "UNIMPLEMENTED" });
});
