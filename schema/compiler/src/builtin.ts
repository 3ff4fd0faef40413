/** The files that travel with the compiler: protobuf's well-known types and Nexus's options. They need no loader. */
import { builtinTexts } from "./gen/builtin.ts";
import type { SourceFile } from "./source.ts";

export function isBuiltin(path: string): boolean {
  return builtinTexts.has(path);
}

export function builtinFile(path: string): SourceFile | undefined {
  const text = builtinTexts.get(path);
  return text === undefined ? undefined : { path, text };
}
