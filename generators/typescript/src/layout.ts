/**
 * Line breaking in the way of biome: what fits the line stays on it, otherwise the outermost group breaks first. It knows
 * no TypeScript; the printers say where a line may break.
 */

const lineWidth = 100;

export type Doc =
  | string
  | readonly Doc[]
  | { readonly kind: "group"; readonly content: Doc }
  | { readonly kind: "indent"; readonly content: Doc }
  | { readonly kind: "line"; readonly flat: string; readonly isHard: boolean }
  | { readonly kind: "if_broken"; readonly broken: string }
  | { readonly kind: "assigned"; readonly content: Doc };

/** A space, or the end of the line where the group breaks. */
export const line: Doc = { kind: "line", flat: " ", isHard: false };
/** Nothing, or the end of the line where the group breaks. */
export const softline: Doc = { kind: "line", flat: "", isHard: false };
export const hardline: Doc = { kind: "line", flat: "", isHard: true };
/** A comma where the group breaks. */
const trailingComma: Doc = { kind: "if_broken", broken: "," };

/** Text where the group breaks. */
export function ifBroken(broken: string): Doc {
  return { kind: "if_broken", broken };
}

export function group(...content: readonly Doc[]): Doc {
  return { kind: "group", content };
}

export function indent(...content: readonly Doc[]): Doc {
  return { kind: "indent", content };
}

/** What stands behind `=`: on the same line where its first piece fits, otherwise indented on the next. */
export function assigned(...content: readonly Doc[]): Doc {
  return { kind: "assigned", content };
}

export function join(separator: Doc, items: readonly Doc[]): Doc {
  return items.flatMap((item, index) => (index === 0 ? [item] : [separator, item]));
}

/** `open` a, b, c `close`, one item a line where they do not fit. */
export function list(open: string, items: readonly Doc[], close: string, pad: Doc = softline): Doc {
  if (items.length === 0) return `${open}${close}`;
  return group(open, indent(pad, join([",", line], items), trailingComma), pad, close);
}

/** A call or a declaration's parameters. */
export function call(callee: Doc, ...items: readonly Doc[]): Doc {
  return [callee, list("(", items, ")")];
}

/** A brace, one item a line always, a brace. */
export function block(head: Doc, items: readonly Doc[], close = "}"): Doc {
  if (items.length === 0) return [head, "{", close];
  return [head, "{", indent(hardline, join(hardline, items)), hardline, close];
}

/** An object literal with one member a line. */
export function object(members: readonly Doc[]): Doc {
  return block(
    "",
    members.map((member) => [member, ","]),
  );
}

/** `if (a && b) { ... }` */
export function ifAll(conditions: readonly string[], body: readonly Doc[]): Doc {
  const condition = join([" &&", line], conditions);
  return block(group("if (", indent(softline, condition), softline, ") "), body);
}

interface Command {
  readonly depth: number;
  readonly isFlat: boolean;
  readonly doc: Doc;
}

export function print(doc: Doc): string {
  const commands: Command[] = [{ depth: 0, isFlat: false, doc }];
  let text = "";
  let column = 0;
  for (let command = commands.pop(); command !== undefined; command = commands.pop()) {
    const { depth, isFlat, doc: part } = command;
    if (typeof part === "string") {
      text += part;
      const end = part.lastIndexOf("\n");
      column = end < 0 ? column + part.length : part.length - end - 1;
    } else if (isList(part)) {
      for (const item of part.toReversed()) commands.push({ depth, isFlat, doc: item });
    } else if (part.kind === "indent") {
      commands.push({ depth: depth + 1, isFlat, doc: part.content });
    } else if (part.kind === "group") {
      const flat = { depth, isFlat: true, doc: part.content };
      const isFitting = isFlat || (!hasHardline(part) && fits(flat, commands, lineWidth - column));
      commands.push(isFitting ? flat : { ...flat, isFlat: false });
    } else if (part.kind === "assigned") {
      const beside: Command = { depth, isFlat: false, doc: [" ", part.content] };
      const below: Command = { depth: depth + 1, isFlat: false, doc: [hardline, part.content] };
      commands.push(fits(beside, commands, lineWidth - column) ? beside : below);
    } else if (part.kind === "if_broken") {
      if (!isFlat) {
        text += part.broken;
        column += part.broken.length;
      }
    } else if (isFlat && !part.isHard) {
      text += part.flat;
      column += part.flat.length;
    } else {
      text = `${text.trimEnd()}\n${"  ".repeat(depth)}`;
      column = 2 * depth;
    }
  }
  return text;
}

/** Whether the line up to its next possible end has room for `first` in one piece. */
function fits(first: Command, rest: readonly Command[], width: number): boolean {
  const commands: Command[] = [first];
  let next = rest.length;
  let left = width;
  while (left >= 0) {
    const command = commands.pop() ?? rest[--next];
    if (command === undefined) return true;
    const { isFlat, doc } = command;
    if (typeof doc === "string") left -= doc.length;
    else if (isList(doc)) {
      for (const item of doc.toReversed()) commands.push({ ...command, doc: item });
    } else if (doc.kind === "assigned") return true;
    else if (doc.kind === "indent" || doc.kind === "group") {
      commands.push({ ...command, doc: doc.content });
    } else if (doc.kind === "if_broken") left -= isFlat ? 0 : doc.broken.length;
    else if (!doc.isHard && isFlat) left -= doc.flat.length;
    else return true;
  }
  return false;
}

function hasHardline(doc: Doc): boolean {
  if (typeof doc === "string") return false;
  if (isList(doc)) return doc.some(hasHardline);
  return "content" in doc ? hasHardline(doc.content) : doc.kind === "line" && doc.isHard;
}

function isList(doc: Doc): doc is readonly Doc[] {
  return Array.isArray(doc);
}
