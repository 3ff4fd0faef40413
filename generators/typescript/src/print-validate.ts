/** The function that checks the schema's rules on one message and what it holds. It collects; it refuses nothing. */
import { printFunction, typed } from "./dialect.ts";
import { block, type Doc, group, ifAll, indent, line, list, softline } from "./layout.ts";
import { stringLiteral } from "./literal.ts";
import type { CodecRequest } from "./print-codec.ts";
import { entriesOf } from "./print-codec.ts";
import type {
  CaseView,
  FieldView,
  MemberView,
  MessageWords,
  RulesView,
  ValueView,
} from "./view.ts";

export function printValidate(request: CodecRequest): readonly Doc[] {
  const { message, dialect, gen1 } = request;
  const { init, validate } = message.words;
  if (validate === undefined) return [];
  return printFunction(dialect, {
    name: validate,
    parameters: [["message", init]],
    result: `readonly ${gen1}.Violation[]`,
    body: [
      `const violations${typed(dialect, `: ${gen1}.Violation[]`)} = [];`,
      ...message.members.flatMap((member) => checkMember(member, gen1)),
      "return violations;",
    ],
  });
}

function checkMember(member: MemberView, gen1: string): readonly Doc[] {
  const source = `message.${member.name}`;
  if (member.kind !== "oneof") {
    const rules = member.rules === undefined ? [] : checkField(member, member.rules, source, gen1);
    return [...rules, ...checkInside(member, source, gen1)];
  }
  const cases = member.cases.flatMap((item) => checkCase(item, source, gen1));
  return cases.length === 0 ? [] : [block(`switch (${source}?.case) `, cases)];
}

function checkCase(item: CaseView, source: string, gen1: string): readonly Doc[] {
  const inside = descend(item.value, `${source}.value`, stringLiteral(item.schemaName), gen1);
  const value = `${source}.value`;
  const rules =
    item.rules === undefined ? [] : bounds(item.value, item.rules, item.schemaName, value, gen1);
  const body = [...rules, ...inside];
  return body.length === 0 ? [] : [block(`case "${item.name}": `, [...body, "break;"])];
}

function checkField(
  member: FieldView,
  rules: RulesView,
  source: string,
  gen1: string,
): readonly Doc[] {
  const statements: Doc[] = [];
  if (rules.isRequired) {
    const text = "is required";
    statements.push(
      ifAny(absence(member, source, gen1), violation(member.schemaName, "required", text)),
    );
  }
  if (member.kind === "singular") {
    const inner = bounds(member.value, rules, member.schemaName, source, gen1);
    if (inner.length > 0) statements.push(ifAll([`${source} !== undefined`], inner));
    return statements;
  }
  const count =
    member.kind === "map" ? `[...${entriesOf(member, source, gen1)}].length` : `${source}.length`;
  const inner = lengths(rules, member.schemaName, count, "items");
  if (inner.length > 0) statements.push(ifAll([`${source} !== undefined`], inner));
  return statements;
}

/** When a required field counts as left out: absent, or zero where zero is not sent. */
function absence(member: FieldView, source: string, gen1: string): readonly string[] {
  const isMissing = `${source} === undefined`;
  const { value } = member;
  if (member.kind === "map")
    return [isMissing, `[...${entriesOf(member, source, gen1)}].length === 0`];
  if (member.kind === "repeated" || (value.kind === "bytes" && !member.isOptional)) {
    return [isMissing, `${source}.length === 0`];
  }
  if (member.isOptional || value.kind === "boolean") return [isMissing];
  return [isMissing, `${source} === ${value.zero}`];
}

function bounds(
  value: ValueView,
  rules: RulesView,
  field: string,
  source: string,
  gen1: string,
): readonly Doc[] {
  const statements: Doc[] = [];
  const isExact = value.jsType === undefined;
  const compared = isExact ? source : `${gen1}.toBigint(${source})`;
  if (rules.min !== undefined) {
    const text = `is below ${rules.min.replace("n", "")}`;
    statements.push(ifAll([`${compared} < ${rules.min}`], [violation(field, "min", text)]));
  }
  if (rules.max !== undefined) {
    const text = `is above ${rules.max.replace("n", "")}`;
    statements.push(ifAll([`${compared} > ${rules.max}`], [violation(field, "max", text)]));
  }
  const isText = value.kind === "string";
  if (isText || value.kind === "bytes") {
    const count = isText ? `${gen1}.codePoints(${source})` : `${source}.length`;
    statements.push(...lengths(rules, field, count, isText ? "characters" : "bytes"));
  }
  return statements;
}

function lengths(rules: RulesView, field: string, count: string, unit: string): readonly Doc[] {
  const { minLength, maxLength } = rules;
  const statements: Doc[] = [];
  if (minLength !== undefined) {
    const text = `has fewer than ${minLength} ${unit}`;
    statements.push(ifAll([`${count} < ${minLength}`], [violation(field, "min_length", text)]));
  }
  if (maxLength !== undefined) {
    const text = `has more than ${maxLength} ${unit}`;
    statements.push(ifAll([`${count} > ${maxLength}`], [violation(field, "max_length", text)]));
  }
  return statements;
}

function violation(field: string, rule: string, text: string): Doc {
  const members = [`field: ${stringLiteral(field)}`, `rule: "${rule}"`, `text: "${text}"`];
  return ["violations.push(", list("{", members, "}", line), ");"];
}

function ifAny(conditions: readonly string[], body: Doc): Doc {
  const condition = conditions.flatMap((text, index) =>
    index === 0 ? [text] : [" ||", line, text],
  );
  return block(group("if (", indent(softline, condition), softline, ") "), [body]);
}

function checkInside(member: FieldView, source: string, gen1: string): readonly Doc[] {
  const { value, schemaName } = member;
  if (value.words?.validate === undefined) return [];
  const isThere = [`${source} !== undefined`];
  if (member.kind === "singular") {
    return [ifAll(isThere, descend(value, source, stringLiteral(schemaName), gen1))];
  }
  const isMap = member.kind === "map";
  const entries = isMap ? entriesOf(member, source, gen1) : `${source}.entries()`;
  const path = `\`${schemaName}[\${${isMap ? "key" : "index"}}]\``;
  const head = `for (const [${isMap ? "key" : "index"}, value] of ${entries}) `;
  return [ifAll(isThere, [block(head, descend(value, "value", path, gen1))])];
}

function descend(value: ValueView, source: string, path: string, gen1: string): readonly Doc[] {
  if (value.words?.validate === undefined) return [];
  const found = violationsIn(value.words, source);
  return [[`${gen1}.addViolations`, list("(", ["violations", path, found], ")"), ";"]];
}

function violationsIn(words: MessageWords, source: string): string {
  return words.isValidateOptional
    ? `${words.validate}?.(${source}) ?? []`
    : `${words.validate}(${source})`;
}
