/**
 * Turns the tokens of one file into its tree. It reports every statement it cannot read and goes on behind it; it
 * resolves nothing.
 */
import { type CommentSet, noCommentSet } from "./comments.ts";
import { Cursor, describe } from "./cursor.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { tokenize } from "./lexer.ts";
import { fileCharactersMax } from "./limits.ts";
import { addOption, keep } from "./parser-block.ts";
import { parseEnum } from "./parser-enum.ts";
import { parseExtend, parseMessage } from "./parser-message.ts";
import { parseString } from "./parser-option.ts";
import { parseService } from "./parser-service.ts";
import { createReport } from "./report.ts";
import type { SourceFile } from "./source.ts";
import type {
  EnumSyntax,
  ExtendSyntax,
  FileSyntax,
  ImportSyntax,
  MessageSyntax,
  Name,
  OptionSyntax,
  ServiceSyntax,
  SyntaxKind,
} from "./syntax.ts";
import { utf8Text } from "./utf8.ts";

export interface Parsed {
  readonly tree: FileSyntax;
  readonly diagnostics: readonly Diagnostic[];
}

interface Draft {
  syntax: SyntaxKind;
  edition?: Name;
  package?: Name;
  comments: CommentSet;
  readonly imports: ImportSyntax[];
  readonly options: OptionSyntax[];
  readonly messages: MessageSyntax[];
  readonly enums: EnumSyntax[];
  readonly services: ServiceSyntax[];
  readonly extends: ExtendSyntax[];
}

const parsed = new WeakMap<SourceFile, Parsed>();

/** The same file object gives the same tree: the loader and the compiler ask for it in turn. */
export function parse(file: SourceFile): Parsed {
  const known = parsed.get(file);
  if (known !== undefined) return known;
  const made = parseText(file);
  parsed.set(file, made);
  return made;
}

function parseText(file: SourceFile): Parsed {
  const report = createReport();
  const draft: Draft = {
    syntax: "proto2",
    comments: noCommentSet,
    imports: [],
    options: [],
    messages: [],
    enums: [],
    services: [],
    extends: [],
  };
  if (file.text.length > fileCharactersMax) {
    report.error(file.path, {
      rule: "file-limit",
      position: { line: 1, column: 1 },
      message: `the file is longer than ${fileCharactersMax} characters`,
      help: "split it",
    });
  } else {
    const cursor = new Cursor(file.path, tokenize(file, report), report);
    parseFile(cursor, draft);
  }
  return { tree: { kind: "file", path: file.path, ...draft }, diagnostics: report.diagnostics };
}

function parseFile(cursor: Cursor, draft: Draft): void {
  if (cursor.is("syntax") || cursor.is("edition")) parseSyntax(cursor, draft);
  cursor.recover();
  while (!cursor.isEnd) {
    if (cursor.is("}")) {
      cursor.fail({ message: "this `}` closes nothing" });
      cursor.recover();
      cursor.take();
      continue;
    }
    if (!cursor.accept(";")) parseStatement(cursor, draft);
    cursor.recover();
  }
}

function parseSyntax(cursor: Cursor, draft: Draft): void {
  const first = cursor.mark();
  const word = cursor.take().text;
  cursor.expect("=", `after \`${word}\``);
  const { position } = cursor.token;
  const text = utf8Text(parseString(cursor)) ?? "";
  if (cursor.isLost) return;
  if (word === "edition") {
    draft.syntax = "editions";
    draft.edition = { text, position };
    if (text !== "2023") {
      cursor.problem({
        rule: "unknown-edition",
        position,
        message: `the edition "${text}" is not supported`,
        help: 'write edition = "2023";',
      });
    }
  } else if (text === "proto2" || text === "proto3") draft.syntax = text;
  else {
    draft.syntax = "proto3";
    cursor.problem({
      rule: "unknown-syntax",
      position,
      message: `there is no syntax "${text}"`,
      help: 'write syntax = "proto3";',
    });
  }
  cursor.expect(";", `after \`${word}\``);
  draft.comments = cursor.comments(first);
}

function parseStatement(cursor: Cursor, draft: Draft): void {
  const { token } = cursor;
  switch (token.kind === "identifier" ? token.text : "") {
    case "import":
      parseImport(cursor, draft);
      return;
    case "package":
      parsePackage(cursor, draft);
      return;
    case "option":
      cursor.take();
      addOption(cursor, draft.options);
      return;
    case "message":
      keep(parseMessage(cursor), draft.messages);
      return;
    case "enum":
      keep(parseEnum(cursor), draft.enums);
      return;
    case "service":
      keep(parseService(cursor), draft.services);
      return;
    case "extend":
      draft.extends.push(parseExtend(cursor, draft.messages));
      return;
    case "syntax":
    case "edition":
      cursor.fail({
        message: `\`${token.text}\` stands here`,
        help: "it is the first statement of a file, and stands once",
      });
      return;
    default:
      cursor.fail({
        message: `expected a declaration, found ${describe(token)}`,
        help: "a file holds import, package, option, message, enum, service and extend",
      });
  }
}

function parseImport(cursor: Cursor, draft: Draft): void {
  cursor.take();
  const modifier = cursor.accept("public") ? "public" : cursor.accept("weak") ? "weak" : undefined;
  const { position } = cursor.token;
  const path = utf8Text(parseString(cursor)) ?? "";
  cursor.expect(";", "after an import");
  if (cursor.isLost) return;
  draft.imports.push({ path, position, ...(modifier === undefined ? {} : { modifier }) });
}

function parsePackage(cursor: Cursor, draft: Draft): void {
  const first = cursor.mark();
  cursor.take();
  const name = cursor.qualifiedName("a package's name", false);
  cursor.expect(";", "after a package's name");
  if (cursor.isLost) return;
  if (draft.package !== undefined) {
    cursor.problem({
      rule: "second-package",
      position: first.token.position,
      message: "a file has one package",
    });
    return;
  }
  draft.package = name;
  const comments = cursor.comments(first);
  const isDocumented = comments.leading.length > 0 || comments.trailing.length > 0;
  if (isDocumented && draft.comments.leading.length === 0) {
    draft.comments = { ...comments, detached: [...draft.comments.detached, ...comments.detached] };
  }
}
