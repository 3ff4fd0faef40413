import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TopicTrie } from "./topic-trie.ts";

/** The rule itself, slow and plain. */
function matches(pattern: string, topic: string): boolean {
  const want = pattern.split(".");
  const have = topic.split(".");
  if (topic.startsWith("$") && (want[0] === "*" || want[0] === ">")) return false;
  for (let at = 0; at < want.length; at++) {
    if (want[at] === ">") return have.length > at;
    if (have[at] === undefined) return false;
    if (want[at] !== "*" && want[at] !== have[at]) return false;
  }
  return want.length === have.length;
}

const token = fc.constantFrom("a", "b", "c", "$x");
const topics = fc.array(token, { minLength: 1, maxLength: 4 }).map((tokens) => tokens.join("."));
const patterns = fc
  .tuple(fc.array(fc.oneof(token, fc.constant("*")), { maxLength: 3 }), fc.boolean(), token)
  .map(([tokens, hasTail, last]) => [...tokens, hasTail ? ">" : last].join("."));

describe("the topic trie", () => {
  test("matches as the rule says, through any inserts and removals", () => {
    const step = fc.record({ pattern: patterns, value: fc.nat(3), isInsert: fc.boolean() });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 40, size: "max" }),
        fc.array(topics, { maxLength: 10 }),
        (steps, asked) => {
          const trie = new TopicTrie<string>();
          const live = new Set<string>();
          for (const { pattern, value, isInsert } of steps) {
            const key = `${pattern} ${value}`;
            if (isInsert) trie.insert(pattern, key);
            else trie.remove(pattern, key);
            if (isInsert) live.add(key);
            else live.delete(key);
            expect(trie.size).toBe(live.size);
          }
          for (const topic of asked) {
            const found: string[] = [];
            trie.match(topic, (value) => found.push(value));
            const wanted = [...live].filter((key) => matches(key.split(" ")[0] as string, topic));
            expect(found.sort()).toEqual(wanted.sort());
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test("keeps router topics from a leading wildcard", () => {
    const trie = new TopicTrie<string>();
    for (const pattern of [">", "*.a", "$dead.>"]) trie.insert(pattern, pattern);
    const found: string[] = [];
    trie.match("$dead.a", (value) => found.push(value));
    expect(found).toEqual(["$dead.>"]);
  });
});
