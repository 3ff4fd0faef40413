/** Reads JSON that a person gives as an argument or on stdin; what is no JSON is wrong use, with its place. */
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { usageFailure } from "./failure.ts";

/** An argument, `-` for all of stdin, `{}` where nothing is given. */
export async function readJson(argument: string | undefined, what: string): Promise<unknown> {
  if (argument === undefined) return {};
  const source = argument === "-" ? await text(process.stdin) : argument;
  return parse(source, what);
}

/** One value a line of stdin as it comes; empty lines are skipped. */
export async function* readJsonLines(what: string): AsyncGenerator<unknown> {
  let line = 0;
  for await (const source of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    line += 1;
    if (source.trim() !== "") yield parse(source, `${what} on line ${line} of stdin`);
  }
}

function parse(source: string, what: string): unknown {
  try {
    return JSON.parse(source);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw usageFailure(`the ${what} is no JSON: ${message}`);
  }
}
