/** The linker's third step: interprets the options of every declaration, then hands the features down. */
import { type Features, inheritFeatures } from "./features.ts";
import type { LinkContext } from "./link-context.ts";
import type { LinkedEnum, LinkedField, LinkedFile, LinkedMessage, OptionOwner } from "./linked.ts";
import { emptyOptions, setOption } from "./option-set.ts";

/** Set on a field, but not options: the linker reads them itself. */
export const pseudoOptions: ReadonlySet<string> = new Set(["default", "json_name"]);

export function linkOptions(context: LinkContext, file: LinkedFile): void {
  for (const owner of optionOwners(file)) interpret(context, owner);
}

function interpret(context: LinkContext, owner: OptionOwner): void {
  const type = context.symbols.get(`google.protobuf.${owner.optionsType}`);
  if (type?.kind !== "message") return;
  const options = emptyOptions(type);
  for (const option of owner.syntax) {
    const [first] = option.name;
    const isField = owner.optionsType === "FieldOptions" && option.name.length === 1;
    if (isField && first !== undefined && !first.isExtension && pseudoOptions.has(first.text))
      continue;
    setOption({ context, file: owner.file, scope: owner.scope }, options, option);
  }
  if (options.values.size > 0) owner.target.options = options;
}

/** Everything in a file that may carry options, in declaration order. */
export function* optionOwners(file: LinkedFile): Generator<OptionOwner> {
  const { tree } = file;
  yield {
    file,
    scope: file.package,
    optionsType: "FileOptions",
    syntax: tree.options,
    target: file,
  };
  for (const message of file.messages) yield* ownersInMessage(message);
  for (const linked of file.enums) yield* ownersInEnum(linked);
  for (const field of file.extensions) yield fieldOwner(field);
  for (const service of file.services) {
    yield {
      file,
      scope: service.fullName,
      optionsType: "ServiceOptions",
      syntax: service.syntax.options,
      target: service,
    };
    for (const method of service.methods) {
      yield {
        file,
        scope: method.fullName,
        optionsType: "MethodOptions",
        syntax: method.syntax.options,
        target: method,
      };
    }
  }
}

function* ownersInMessage(message: LinkedMessage): Generator<OptionOwner> {
  const { file, syntax, fullName: scope } = message;
  if (syntax === undefined) return;
  yield { file, scope, optionsType: "MessageOptions", syntax: syntax.options, target: message };
  for (const field of message.fields) yield fieldOwner(field);
  for (const oneof of message.oneofs) {
    const { options } = oneof.syntax;
    yield {
      file,
      scope: oneof.fullName,
      optionsType: "OneofOptions",
      syntax: options,
      target: oneof,
    };
  }
  for (const range of message.extensionRanges) {
    const { options } = range.syntax;
    yield { file, scope, optionsType: "ExtensionRangeOptions", syntax: options, target: range };
  }
  for (const nested of message.messages) yield* ownersInMessage(nested);
  for (const nested of message.enums) yield* ownersInEnum(nested);
  for (const field of message.extensions) yield fieldOwner(field);
}

function* ownersInEnum(linked: LinkedEnum): Generator<OptionOwner> {
  const { file, fullName: scope, syntax } = linked;
  yield { file, scope, optionsType: "EnumOptions", syntax: syntax.options, target: linked };
  for (const value of linked.values) {
    const { options } = value.syntax;
    yield {
      file,
      scope: value.fullName,
      optionsType: "EnumValueOptions",
      syntax: options,
      target: value,
    };
  }
}

function fieldOwner(field: LinkedField): OptionOwner {
  const { file, fullName: scope, syntax } = field;
  return { file, scope, optionsType: "FieldOptions", syntax: syntax.options, target: field };
}

/** After all options are known. */
export function linkFeatures(file: LinkedFile): void {
  file.features = inheritFeatures(file.features, file.options);
  for (const message of file.messages) featuresOfMessage(message, file.features);
  for (const linked of file.enums) linked.features = inheritFeatures(file.features, linked.options);
  for (const field of file.extensions) featuresOfField(field, file.features);
}

function featuresOfMessage(message: LinkedMessage, around: Features): void {
  message.features = inheritFeatures(around, message.options);
  const { features } = message;
  for (const oneof of message.oneofs) oneof.features = inheritFeatures(features, oneof.options);
  for (const field of message.fields) featuresOfField(field, field.oneof?.features ?? features);
  for (const nested of message.messages) featuresOfMessage(nested, features);
  for (const nested of message.enums) nested.features = inheritFeatures(features, nested.options);
  for (const field of message.extensions) featuresOfField(field, features);
}

function featuresOfField(field: LinkedField, around: Features): void {
  field.features = inheritFeatures(around, field.options);
}
