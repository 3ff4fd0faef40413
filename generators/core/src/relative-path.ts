/**
 * Says whether a path with `/` stays below the folder it is relative to. Used for everything that names a file on behalf
 * of somebody else: imports of a schema, output of a generator, entries of a manifest. It touches no disk.
 */

/** What is wrong with `path`, as the end of a sentence ("the import ... is absolute"); undefined where it is fine. */
export function relativePathFault(path: string): string | undefined {
  if (path === "") return "is empty";
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(path)) return "is a URL or names a drive";
  if (path.startsWith("/")) return "is absolute";
  if (path.includes("\\")) return "contains a backslash";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
  if (/[\u0000-\u001f\u007f]/.test(path)) return "contains a control character";
  const segments = path.split("/");
  if (segments.includes("..")) return "contains `..`";
  if (segments.includes(".") || segments.includes("")) return "contains an empty segment or `.`";
  return undefined;
}

/** Order by code unit, the same on every machine. */
export function byCodeUnit(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
