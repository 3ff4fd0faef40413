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

/** The builtin file that declares a name, for the remedy of a missing import. */
export function builtinDeclaring(name: string): string | undefined {
  const fullName = name.startsWith(".") ? name.slice(1) : name;
  if (/^nexus\.(file|service|method|topic|error|field)$/.test(fullName))
    return "nexus/options.proto";
  const type = /^google\.protobuf\.([A-Za-z0-9_]+)$/.exec(fullName)?.[1];
  if (type === undefined) return undefined;
  for (const [path, text] of builtinTexts) {
    const isHere = text.includes(`\nmessage ${type} {`) || text.includes(`\nenum ${type} {`);
    if (isHere && path.startsWith("google/")) return path;
  }
  return undefined;
}
