/**
 * Failures that are known: exact ids with what is seen, why, and until when. One that passes, that matches nothing or that has
 * expired fails the run, so that the list cannot rot.
 */
import { parse } from "yaml";
import { readText } from "./checkout.ts";
import type { Result } from "./schedule.ts";

export interface KnownFailure {
  readonly language: string;
  readonly case: string;
  /** Part of the message that is seen. */
  readonly message: string;
  readonly reason: string;
  readonly expires: string;
}

export function knownFailures(): readonly KnownFailure[] {
  const { failures } = parse(readText("conformance/known-failing.yaml")) as {
    readonly failures: readonly KnownFailure[] | null;
  };
  return failures ?? [];
}

export type Status = "passed" | "failed" | "knownFailing";

export function statusOf(result: Result, known: readonly KnownFailure[]): Status {
  if (result.outcome.passed) return "passed";
  const isKnown = known.some(
    (each) =>
      each.language === result.who &&
      each.case === result.case.id &&
      result.outcome.message.includes(each.message),
  );
  return isKnown ? "knownFailing" : "failed";
}

/** What is wrong with the list itself, looked at with the results of the languages that ran whole. */
export function knownProblems(
  known: readonly KnownFailure[],
  results: readonly Result[],
  whole: ReadonlySet<string>,
  today: string,
): readonly string[] {
  return known.flatMap((each) => {
    const name = `known-failing.yaml: ${each.language} ${each.case}`;
    if (each.expires < today) return [`${name}: expired on ${each.expires}`];
    const found = results.find(
      (result) => result.who === each.language && result.case.id === each.case,
    );
    if (found?.outcome.passed === true) return [`${name}: passes; take it off the list`];
    if (found === undefined && whole.has(each.language)) return [`${name}: there is no such case`];
    return [];
  });
}
