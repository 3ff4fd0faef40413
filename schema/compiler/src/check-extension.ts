/** Rules of extensions: inside the extendee's ranges, each number once, and in proto3 for options only. */
import type { LinkContext } from "./link-context.ts";
import type { LinkedField, LinkedMessage } from "./linked.ts";

const optionTypes =
  /^google\.protobuf\.(File|Message|Field|Oneof|Enum|EnumValue|Service|Method|ExtensionRange|Stream)Options$/;

export function checkExtensions(context: LinkContext): void {
  const taken = new Map<LinkedMessage, Map<number, LinkedField>>();
  for (const file of context.files) {
    for (const field of file.extensions) checkExtension(context, field, taken);
    for (const message of file.messages) inMessage(context, message, taken);
  }
}

type Taken = Map<LinkedMessage, Map<number, LinkedField>>;

function inMessage(context: LinkContext, message: LinkedMessage, taken: Taken): void {
  for (const field of message.extensions) checkExtension(context, field, taken);
  for (const nested of message.messages) inMessage(context, nested, taken);
}

function checkExtension({ report }: LinkContext, field: LinkedField, taken: Taken): void {
  const { extendee, file, number, syntax } = field;
  if (extendee === undefined) return;
  const { position } = syntax.number;
  const ranges = extendee.extensionRanges;
  if (!ranges.some(({ first, last }) => first <= number && number <= last)) {
    const free = ranges.map(({ first, last }) => `${first} to ${last}`).join(", ");
    report.error(file.path, {
      rule: "extension-number",
      position,
      message: `\`${extendee.fullName}\` does not have ${syntax.number.value} for extensions`,
      help: free === "" ? "it has no extensions at all" : `it has ${free}`,
    });
  }
  if (file.tree.syntax === "proto3" && !optionTypes.test(extendee.fullName)) {
    report.error(file.path, {
      rule: "proto3-extensions",
      position: syntax.position,
      message: "proto3 extends nothing but options",
      help: "use google.protobuf.Any, or proto2",
    });
  }
  const numbers = taken.get(extendee) ?? new Map<number, LinkedField>();
  taken.set(extendee, numbers);
  const other = numbers.get(number);
  if (other === undefined) {
    numbers.set(number, field);
    return;
  }
  report.error(file.path, {
    rule: "extension-taken",
    position,
    message: `the extension ${number} of \`${extendee.fullName}\` is \`${other.fullName}\` already (${other.file.path})`,
  });
}
