/** The constant of an extension; its holder is a message like any other. */
import { type Dialect, printConstant, pureCall } from "./dialect.ts";
import { type Doc, hardline, object } from "./layout.ts";
import { stringLiteral } from "./literal.ts";
import { printDocs } from "./print-docs.ts";
import { memberType } from "./print-message.ts";
import type { ExtensionView } from "./view.ts";

export function printExtension(
  view: ExtensionView,
  { dialect, gen1 }: { readonly dialect: Dialect; readonly gen1: string },
): readonly Doc[] {
  const { holder, extendeeType, typeName, extendee } = view;
  const [member] = holder.members;
  if (member === undefined || member.kind === "oneof") return [];
  const own = `/** Extends \`${extendeeType}\`: for \`getExtension\`, \`setExtension\` and registries. */`;
  return printConstant(dialect, {
    name: view.name,
    docs: view.docs.length === 0 ? [own, hardline] : printDocs(view.docs),
    type: `${gen1}.Extension`,
    typeArguments: [extendeeType, memberType(member)],
    isExported: true,
    value: pureCall(
      `${gen1}.extension`,
      object([
        `typeName: "${typeName}"`,
        `extendee: "${extendee}"`,
        `member: ${stringLiteral(member.name)}`,
        `jsonName: ${stringLiteral(member.jsonName)}`,
        `holder: ${holder.jsonConstant}`,
      ]),
    ),
  });
}
