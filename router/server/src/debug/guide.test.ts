import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { startRouter } from "../start.ts";
import { LineClient } from "../testing/line-client.ts";

const folder = mkdtempSync(join(tmpdir(), "nexus-lines-"));
afterAll(() => rmSync(folder, { recursive: true }));

const guide = readFileSync(new URL("../../../../docs/guides/debug.md", import.meta.url), "utf8");
const blocks = [...guide.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)];

/** `…` stands for any text. */
function isAsWritten(line: string, written: string): boolean {
  const [first = "", ...parts] = written.split("…");
  if (parts.length === 0) return line === written;
  let at = line.startsWith(first) ? first.length : -1;
  for (const part of parts) {
    const found = at < 0 ? -1 : line.indexOf(part, at);
    at = found < 0 ? -1 : found + part.length;
  }
  return at === line.length;
}

test("the guide's transcript is what happens", async () => {
  const schema = blocks.find(([, language]) => language === "proto")?.[2] ?? "";
  const file = join(folder, "demo.proto");
  writeFileSync(file, schema);
  const router = await startRouter({ listen: ["tcp://127.0.0.1:0"], schemas: [file] });
  const client = await LineClient.dial(router.addresses[0] ?? "");
  const lines = blocks
    .filter(([, language]) => language === "")
    .flatMap(([, , text = ""]) => text.split("\n"));
  let checked = 0;
  for (const line of lines) {
    if (line.startsWith("> ")) client.say(line.slice(2));
    if (!line.startsWith("< ")) continue;
    const got = await client.next();
    if (!isAsWritten(got, line.slice(2))) expect(got).toBe(line.slice(2));
    checked++;
  }
  expect(checked).toBe(12);
  expect(await client.closed()).toEqual([]);
  await router.close();
});
