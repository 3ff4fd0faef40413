/** Cuts a stream of bytes into lines at LF alone: Node's own readers also cut at U+2028, which JSON may hold. */
import type { Readable } from "node:stream";

const LF = 10;

export function eachLine(input: Readable, take: (line: string) => void): void {
  const held: Buffer[] = [];
  input.on("data", (chunk: Buffer) => {
    let from = 0;
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, from)) {
      const line = Buffer.concat([...held.splice(0), chunk.subarray(from, at)]);
      from = at + 1;
      take(line.toString("utf8"));
    }
    if (from < chunk.length) held.push(chunk.subarray(from));
  });
}
