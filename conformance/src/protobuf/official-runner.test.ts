import { describe, expect, it } from "vitest";
import { readVerdict } from "./official-runner.ts";

const test = (name: string): string => `conformance test: name=${name}, request=..., response=...`;
const total = (passed: number, skipped: number, failed: number): string =>
  `CONFORMANCE SUITE FAILED: ${passed} successes, ${skipped} skipped, 0 expected failures, ${failed} unexpected failures.`;

function read(...lines: readonly string[]) {
  const reading = readVerdict();
  for (const line of lines) reading.line(line);
  return reading.finish();
}

describe("the official runner's words", () => {
  it("are counted by format", () => {
    const verdict = read(
      test("Required.Proto3.ProtobufInput.A.ProtobufOutput"),
      test("Required.Proto3.ProtobufInput.A.JsonOutput"),
      "ERROR, test=Required.Proto3.ProtobufInput.A.JsonOutput: it is wrong, request=...",
      test("Required.Proto3.JsonInput.B.ProtobufOutput"),
      "SKIPPED, test=Required.Proto3.JsonInput.B.ProtobufOutput request=..., response=...",
      total(1, 1, 1),
    );
    expect(verdict.binary).toEqual({ passed: 1, failed: 0, skipped: 0 });
    expect(verdict.json).toEqual({ passed: 0, failed: 1, skipped: 1 });
    expect(verdict.complaints[0]?.text).toContain("it is wrong");
  });

  it("are added up over its suites", () => {
    const verdict = read(
      test("Required.Proto3.ProtobufInput.A.ProtobufOutput"),
      total(1, 0, 0),
      test("Required.Proto3.TextFormatInput.A.ProtobufOutput"),
      "SKIPPED, test=Required.Proto3.TextFormatInput.A.ProtobufOutput request=..., response=...",
      total(0, 1, 0),
    );
    expect(verdict).toMatchObject({ binary: { passed: 1 }, text: { passed: 0, skipped: 1 } });
  });

  it("are an error where the runner's own total differs", () => {
    const one = test("Required.Proto3.ProtobufInput.A.ProtobufOutput");
    expect(() => read(one, total(2, 0, 0))).toThrow("the runner counts 2, 0, 0, 0");
  });

  it("are an error where it ended without a verdict", () => {
    expect(() => read("Aborted")).toThrow("without a verdict; its last lines:\nAborted");
  });
});
