import { expect, it } from "vitest";
import { parse } from "./parser.ts";

function fieldComments(body: string): unknown {
  const { tree, diagnostics } = parse({ path: "a.proto", text: `message A {\n${body}\n}` });
  expect(diagnostics).toEqual([]);
  return tree.messages[0]?.fields.map(({ name, comments }) => ({ name: name.text, ...comments }));
}

it("tells leading, trailing and detached comments apart", () => {
  const body = [
    "",
    "  // Detached.",
    "",
    "  // Leading, first.",
    "  // Leading, second.",
    "  optional int32 a = 1; // Trailing.",
    "  optional int32 b = 2;",
    "  // Trails in the next line.",
    "",
    "  /* Leads c. */ optional int32 c = 3;",
  ].join("\n");
  expect(fieldComments(body)).toEqual([
    {
      name: "a",
      leading: ["Leading, first.", "Leading, second."],
      trailing: ["Trailing."],
      detached: [["Detached."]],
    },
    { name: "b", leading: [], trailing: ["Trails in the next line."], detached: [] },
    { name: "c", leading: ["Leads c."], trailing: [], detached: [] },
  ]);
});

it("gives a comment between two fields to the second", () => {
  expect(
    fieldComments("  optional int32 a = 1;\n  // Of b.\n  optional int32 b = 2;"),
  ).toMatchObject([
    { name: "a", trailing: [] },
    { name: "b", leading: ["Of b."] },
  ]);
});

it("takes layout off a block", () => {
  const body = "  /**\n   * One.\n   *\n   *   Indented.\n   */\n  optional int32 a = 1;";
  expect(fieldComments(body)).toMatchObject([{ leading: ["One.", "", "  Indented."] }]);
});

it("splits on every line end that some language knows", () => {
  expect(fieldComments("  // a\u2028b\u0085c\fd\n  optional int32 a = 1;")).toMatchObject([
    { leading: ["a", "b", "c", "d"] },
  ]);
});
