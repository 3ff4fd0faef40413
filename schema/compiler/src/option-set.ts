/** Sets one option: walks its name, resolves extensions, checks the value's type, refuses what is set twice. */
import type { LinkContext } from "./link-context.ts";
import type {
  LinkedField,
  LinkedFile,
  LinkedMessage,
  LinkedSymbol,
  OptionMessage,
  OptionValue,
} from "./linked.ts";
import { use } from "./linker-types.ts";
import { convertValue } from "./option-value.ts";
import { explain, resolve } from "./scope.ts";
import { meant } from "./suggest.ts";
import type { OptionNamePart, OptionSyntax, ValueSyntax } from "./syntax.ts";

/** Where an option stands: names in it are looked up from here. */
export interface OptionScope {
  readonly context: LinkContext;
  readonly file: LinkedFile;
  readonly scope: string;
}

export function emptyOptions(type: LinkedMessage): OptionMessage {
  return { kind: "options", type, values: new Map(), isIncomplete: false };
}

export function setOption(place: OptionScope, root: OptionMessage, option: OptionSyntax): void {
  let message = root;
  const last = option.name.length - 1;
  for (const [index, part] of option.name.entries()) {
    const field = findField(place, message.type, part);
    if (field === undefined) {
      message.isIncomplete = true;
      return;
    }
    if (index === last) {
      setField(place, message, { field, value: option.value, part, isLiteral: false });
      return;
    }
    const inner = enterMessage(place, message, { field, part });
    if (inner === undefined) return;
    message = inner;
  }
}

function enterMessage(
  { context, file }: OptionScope,
  message: OptionMessage,
  { field, part }: { readonly field: LinkedField; readonly part: OptionNamePart },
): OptionMessage | undefined {
  if (field.type?.kind !== "message" || field.label === "repeated") {
    const what = field.label === "repeated" ? "is repeated" : "is not a message";
    context.report.error(file.path, {
      rule: "option-path",
      position: part.position,
      message: `\`${field.name}\` ${what}, so that nothing can be set inside it`,
    });
    return undefined;
  }
  const known = message.values.get(field)?.values[0];
  if (isOptionMessage(known)) return known;
  const made = emptyOptions(field.type.message);
  message.values.set(field, { position: part.position, values: [made] });
  return made;
}

export function isOptionMessage(value: OptionValue | undefined): value is OptionMessage {
  return typeof value === "object" && "kind" in value;
}

function findField(
  place: OptionScope,
  type: LinkedMessage,
  part: OptionNamePart,
): LinkedField | undefined {
  if (part.isExtension) return findExtension(place, type, part);
  const field = type.fields.find(
    (candidate) => nameInText(candidate) === part.text || candidate.name === part.text,
  );
  if (field !== undefined && field.name !== "uninterpreted_option") return field;
  const names = type.fields.map((candidate) => candidate.name);
  const isOptions = type.fullName.startsWith("google.protobuf.") && type.name.endsWith("Options");
  place.context.report.error(place.file.path, {
    rule: "unknown-option",
    position: part.position,
    message: isOptions
      ? `there is no option \`${part.text}\``
      : `the message \`${type.fullName}\` has no field \`${part.text}\``,
    help: extensionHelp(place, part.text) ?? meant(part.text, names),
  });
  return undefined;
}

/** A group is named by its type in text format. */
function nameInText(field: LinkedField): string {
  return field.isGroup && field.type?.kind === "message" ? field.type.message.name : field.name;
}

function extensionHelp({ context }: OptionScope, name: string): string | undefined {
  const isNexus = name === "nexus" || context.symbols.get(`nexus.${name}`)?.kind === "field";
  if (!isNexus) return undefined;
  return `options of Nexus stand in parentheses: (nexus.${name === "nexus" ? "topic" : name}), with import "nexus/options.proto";`;
}

function findExtension(
  { context, file, scope }: OptionScope,
  type: LinkedMessage,
  part: OptionNamePart,
): LinkedField | undefined {
  const { text: name, position } = part;
  const accepts = (symbol: LinkedSymbol): boolean => symbol.kind === "field" && symbol.isExtension;
  const reference = { file, scope, name, accepts };
  const resolution = resolve(context, reference);
  if (resolution.kind !== "found") {
    const fault = explain(context, reference, resolution);
    context.report.error(file.path, {
      rule: "unknown-option",
      position,
      message: `unknown option: ${fault?.message ?? ""}`,
      help: fault?.help,
    });
    return undefined;
  }
  const { symbol } = resolution;
  if (symbol.kind !== "field" || !symbol.isExtension || symbol.extendee !== type) {
    const what =
      symbol.kind === "field" && symbol.isExtension
        ? `extends \`${symbol.extendee?.fullName ?? "nothing"}\``
        : "is no extension";
    context.report.error(file.path, {
      rule: "option-extendee",
      position,
      message: `\`${name}\` ${what} and cannot stand in \`${type.fullName}\``,
    });
    return undefined;
  }
  use(file, symbol);
  return symbol;
}

interface Assignment {
  readonly field: LinkedField;
  readonly value: ValueSyntax;
  readonly part: OptionNamePart;
  readonly isLiteral: boolean;
}

function setField(place: OptionScope, message: OptionMessage, assignment: Assignment): void {
  const { context, file } = place;
  const { field, value, part, isLiteral } = assignment;
  if (value.kind === "list" && field.label === "repeated") {
    for (const item of value.items) setField(place, message, { ...assignment, value: item });
    return;
  }
  const setting = message.values.get(field);
  if (setting !== undefined && field.label !== "repeated") {
    const { line, column } = setting.position;
    context.report.error(file.path, {
      rule: "option-twice",
      position: part.position,
      message: `\`${part.text}\` is set already, at ${line}:${column}`,
      help: "keep one of them",
    });
    return;
  }
  if (takenOneof(message, field)) {
    context.report.error(file.path, {
      rule: "option-twice",
      position: part.position,
      message: `another member of the oneof \`${field.oneof?.name}\` is set already`,
    });
    return;
  }
  const made = makeValue(place, field, { value, isLiteral });
  if (made === undefined) {
    message.isIncomplete = true;
    return;
  }
  if (setting === undefined) message.values.set(field, { position: part.position, values: [made] });
  else setting.values.push(made);
}

function takenOneof(message: OptionMessage, field: LinkedField): boolean {
  const { oneof } = field;
  if (oneof === undefined) return false;
  for (const other of message.values.keys())
    if (other !== field && other.oneof === oneof) return true;
  return false;
}

function makeValue(
  place: OptionScope,
  field: LinkedField,
  { value, isLiteral }: { readonly value: ValueSyntax; readonly isLiteral: boolean },
): OptionValue | undefined {
  const { context, file } = place;
  if (field.type === undefined) return undefined;
  if (field.type.kind === "message" && value.kind === "message") {
    return messageLiteral(place, field.type.message, value);
  }
  const converted = convertValue(field, value, isLiteral);
  if (converted.kind === "value") return converted.value;
  const { message, help } = converted;
  context.report.error(file.path, {
    rule: "option-value",
    position: value.position,
    message,
    help,
  });
  return undefined;
}

function messageLiteral(
  place: OptionScope,
  type: LinkedMessage,
  literal: ValueSyntax & { readonly kind: "message" },
): OptionMessage {
  const made = emptyOptions(type);
  for (const { name: part, value } of literal.fields) {
    if (part.isExtension && part.text.includes("/")) {
      place.context.report.error(place.file.path, {
        rule: "option-value",
        position: part.position,
        message: "a packed Any cannot be written in an option",
        help: "give `type_url` and `value`",
      });
      continue;
    }
    const field = findField(place, type, part);
    if (field === undefined) made.isIncomplete = true;
    else setField(place, made, { field, value, part, isLiteral: true });
  }
  return made;
}
