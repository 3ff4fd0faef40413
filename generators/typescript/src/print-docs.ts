/** Documentation comments. The lines come safe out of the view. */
import { type Doc, hardline } from "./layout.ts";

/** The comment and the line end behind it; nothing where there is no documentation. */
export function printDocs(lines: readonly string[]): readonly Doc[] {
  const [first] = lines;
  if (first === undefined) return [];
  if (lines.length === 1) return [`/** ${first} */`, hardline];
  return [
    "/**",
    ...lines.flatMap((text) => [hardline, text === "" ? " *" : ` * ${text}`]),
    hardline,
    " */",
    hardline,
  ];
}
