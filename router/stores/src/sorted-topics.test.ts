import { expect, test } from "vitest";
import { SortedTopics } from "./sorted-topics.ts";

test("keeps what was added and not deleted, in ascending order, whatever came in between", () => {
  const sorted = new SortedTopics();
  const model = new Set<string>();
  let state = 12345;
  const random = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  for (let step = 0; step < 20_000; step++) {
    const topic = `t.${random(3000)}`;
    if (random(3) > 0) {
      sorted.add(topic);
      model.add(topic);
    } else {
      sorted.delete(topic);
      model.delete(topic);
    }
  }
  const expected = [...model].sort();
  expect(sorted.size).toBe(model.size);
  expect([...sorted.from("")]).toEqual(expected);
  for (const from of ["t.1", "t.15", "t.2999x", "z", "a"]) {
    expect([...sorted.from(from)]).toEqual(expected.filter((topic) => topic >= from));
  }
  for (const topic of expected) sorted.delete(topic);
  expect([...sorted.from("")]).toEqual([]);
  sorted.add("b");
  expect([...sorted.from("a")]).toEqual(["b"]);
});
