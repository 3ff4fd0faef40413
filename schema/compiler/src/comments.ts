/** Says which comment belongs to which declaration, by protoc's rules: leading, trailing, or detached by a blank line. */
import type { Comment, Token } from "./lexer.ts";

/** Each comment is its lines without marks. */
export interface CommentSet {
  readonly leading: readonly string[];
  readonly trailing: readonly string[];
  readonly detached: readonly (readonly string[])[];
}

export const noCommentSet: CommentSet = { leading: [], trailing: [], detached: [] };

interface Group {
  readonly lines: readonly string[];
  readonly line: number;
  readonly endLine: number;
}

interface Split {
  /** Belongs to the token before. */
  readonly trailing?: Group;
  readonly detached: readonly Group[];
  readonly leading?: Group;
}

/** `first` opens the declaration, `afterEnd` is the token behind its `;` or `{`, which stands in `endLine`. */
export function commentsOf(
  first: { readonly token: Token; readonly previousLine: number },
  afterEnd: { readonly token: Token; readonly previousLine: number },
): CommentSet {
  if (first.token.comments.length === 0 && afterEnd.token.comments.length === 0)
    return noCommentSet;
  const before = splitComments(first.token, first.previousLine);
  const after = splitComments(afterEnd.token, afterEnd.previousLine);
  return {
    leading: before.leading?.lines ?? [],
    trailing: after.trailing?.lines ?? [],
    detached: before.detached.map((group) => group.lines),
  };
}

/** `previousLine` is the line of the token before, 0 at the start of the file. */
function splitComments(token: Token, previousLine: number): Split {
  const groups = group(token.comments, previousLine);
  const closes =
    token.kind === "end" || token.text === "}" || token.text === "]" || token.text === ")";
  const [first] = groups;
  const last = groups.at(-1);
  if (first === undefined || last === undefined) return { detached: [] };
  const tokenLine = token.position.line;
  const lastTouches = last.endLine >= tokenLine - 1 && !closes;
  let trailing: Group | undefined;
  if (previousLine > 0) {
    const sameLine = first.line === previousLine;
    const nextLine = first.line === previousLine + 1;
    // A comment that touches both neighbours belongs to the next, except behind the token in its line.
    const free = first !== last || !lastTouches || tokenLine > first.endLine + 1;
    if (sameLine) trailing = first.endLine < tokenLine || token.kind === "end" ? first : undefined;
    else if (nextLine && free) trailing = first;
    if (sameLine && trailing === undefined) return { detached: [] };
  }
  const rest = trailing === undefined ? groups : groups.slice(1);
  const leading = rest.length > 0 && lastTouches ? last : undefined;
  const detached = leading === undefined ? rest : rest.slice(0, -1);
  return {
    detached,
    ...(trailing === undefined ? {} : { trailing }),
    ...(leading === undefined ? {} : { leading }),
  };
}

/** Line comments in consecutive lines are one; one in the line of the token before stands alone; blocks always do. */
function group(comments: readonly Comment[], previousLine: number): readonly Group[] {
  const groups: Group[] = [];
  let open: { lines: string[]; line: number; endLine: number } | undefined;
  for (const comment of comments) {
    const lines = comment.kind === "line" ? lineTexts(comment.text) : blockLines(comment.text);
    const joins =
      open !== undefined && comment.kind === "line" && comment.line === open.endLine + 1;
    if (open !== undefined && joins && open.line !== previousLine) {
      open.lines.push(...lines);
      open.endLine = comment.endLine;
      continue;
    }
    const made = { lines: [...lines], line: comment.line, endLine: comment.endLine };
    groups.push(made);
    open = comment.kind === "line" ? made : undefined;
  }
  return groups;
}

const lineEnds = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/;

/** One line for protoc, several where the text holds a line end that some target language knows. */
function lineTexts(text: string): readonly string[] {
  const body = text.endsWith("\r") ? text.slice(0, -1) : text;
  return body.split(lineEnds).map((line) => (line.startsWith(" ") ? line.slice(1) : line));
}

/** A leading `*` of each further line is layout, not text. */
function blockLines(text: string): readonly string[] {
  const body = text.startsWith("*") ? text.slice(1) : text;
  const lines = body.split(lineEnds).map((line, index) => {
    const stripped = index === 0 ? line : line.replace(/^[ \t]*\*?/, "");
    return (stripped.startsWith(" ") ? stripped.slice(1) : stripped).trimEnd();
  });
  while (lines.length > 0 && lines[0] === "") lines.shift();
  while (lines.length > 0 && lines.at(-1) === "") lines.pop();
  return lines;
}
