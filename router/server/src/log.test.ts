import { describe, expect, test } from "vitest";
import { createLog, createTrafficLog, logEvent } from "./log.ts";

function recording(level: "debug" | "info" | "warn", format: "text" | "json") {
  const lines: string[] = [];
  const now = () => Date.UTC(2026, 0, 2);
  return { lines, log: createLog({ level, format, write: (line) => lines.push(line), now }) };
}

describe("the log", () => {
  test("has one JSON object a line, with link and stream", () => {
    const { lines, log } = recording("info", "json");
    logEvent(log, {
      kind: "refused",
      link: 3,
      stream: 5,
      what: "call a.B/C",
      code: 12,
      reason: 1,
      message: "there is no\nsuch method",
    });
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        time: "2026-01-02T00:00:00.000Z",
        level: "warn",
        kind: "refused",
        link: 3,
        stream: 5,
        what: "call a.B/C",
        code: 12,
        reason: 1,
        message: "there is no\nsuch method",
      },
    ]);
  });

  test("quotes in text what is no word, and escapes what a terminal would act on", () => {
    const { lines, log } = recording("info", "text");
    log.write("info", "welcomed", { link: 1, client: "a b", name: "\u001b[2J", bidi: "x\u202ey" });
    expect(lines).toEqual([
      '2026-01-02T00:00:00.000Z info welcomed link=1 client="a b" name="\\u001b[2J" bidi="x\\u202ey"',
    ]);
  });

  test("leaves out what is below its level, which may change", () => {
    const { lines, log } = recording("warn", "json");
    log.write("info", "a");
    log.write("error", "b");
    log.level = "debug";
    log.write("debug", "c");
    expect(lines.map((line) => JSON.parse(line).kind)).toEqual(["b", "c"]);
  });

  test("cuts what peers made long", () => {
    const { lines, log } = recording("info", "json");
    log.write("info", "welcomed", { client: "x".repeat(5000) });
    expect(JSON.parse(lines[0] ?? "").client).toBe(`${"x".repeat(256)}...`);
  });

  test("shows a call with both of its ends at level debug", () => {
    const { lines, log } = recording("debug", "json");
    createTrafficLog(log).callEnded?.({
      requester: 1,
      requesterStream: 3,
      responder: 2,
      responderStream: 4,
      method: "a.B/C",
      instance: "",
      code: 5,
      durationMs: 1.23456,
      requestBytes: 0,
      responseBytes: 0,
      traceId: new Uint8Array(16).fill(16),
    });
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      kind: "call",
      requester: 1,
      requesterStream: 3,
      responder: 2,
      responderStream: 4,
      outcome: "NOT_FOUND",
      durationMs: 1.235,
      traceId: "10".repeat(16),
    });
  });
});
