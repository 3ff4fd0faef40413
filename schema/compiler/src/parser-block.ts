/** What all blocks share: statements recovered one by one, and what is kept of a broken one. */
import type { Cursor } from "./cursor.ts";
import { parseOptionStatement } from "./parser-option.ts";
import type { Name, OptionSyntax } from "./syntax.ts";

/** Statements up to the `}`, each recovered for itself. */
export function parseBlock(cursor: Cursor, parseStatement: () => void): void {
  if (cursor.isLost) return;
  cursor.nested("{", () => {
    while (!cursor.is("}") && !cursor.isEnd) {
      if (!cursor.accept(";")) parseStatement();
      cursor.recover();
    }
    cursor.expect("}", "at the end of a block");
  });
}

/** Behind the word `option`. */
export function addOption(cursor: Cursor, options: OptionSyntax[]): void {
  const option = parseOptionStatement(cursor);
  if (!cursor.isLost) options.push(option);
}

/** A declaration with a name is kept even where its end is missing: others may refer to it. */
export function keep<Declared extends { readonly name: Name }>(
  declared: Declared,
  list: Declared[],
): void {
  if (declared.name.text !== "") list.push(declared);
}
