/** Enums: a constant object, an open type of the same name, and the schema's value names for JSON. */
import { type Dialect, printConstant, pureCall } from "./dialect.ts";
import { block, type Doc, group, ifBroken, indent, line, object } from "./layout.ts";
import { propertyKey } from "./literal.ts";
import { printDocs } from "./print-docs.ts";
import type { EnumView } from "./view.ts";

export function printEnum(
  view: EnumView,
  dialect: Dialect,
  gen1: string,
): readonly (readonly Doc[])[] {
  const isDeclaration = dialect === "declarations";
  const values = view.values.map((value): Doc => {
    const key = propertyKey(value.name);
    const member = isDeclaration ? `readonly ${key}: ${value.number};` : `${key}: ${value.number},`;
    return [...printDocs(value.docs), member];
  });
  const head = `export ${isDeclaration ? "declare const" : "const"} ${view.name}${isDeclaration ? ": " : " = "}`;
  const tail = dialect === "typescript" ? " as const;" : ";";
  const union = [`(typeof ${view.name})[keyof typeof ${view.name}]`, line, "| (number & {})"];
  const type: Doc = [`export type ${view.name} =`, group(indent(line, ifBroken("| "), union)), ";"];
  const numbers = view.values.map(
    ({ schemaName, number }) => `${propertyKey(schemaName)}: ${number}`,
  );
  const constant: Doc = [...printDocs(view.docs), block(head, values, `}${tail}`)];
  return [
    [constant, ...(dialect === "javascript" ? [] : [type])],
    printConstant(dialect, {
      name: view.jsonName,
      docs: [],
      type: `${gen1}.EnumJson`,
      typeArguments: [],
      value: pureCall(
        `${gen1}.enumJson`,
        object([`typeName: "${view.typeName}"`, ["values: ", object(numbers)]]),
      ),
      isExported: true,
    }),
  ];
}
