/**
 * Walks the tokens of one file for the parser. After a fault it shows the end of the file until `recover` is called, so
 * that no rule of the grammar needs to know of errors and every loop ends.
 */
import { type CommentSet, commentsOf } from "./comments.ts";
import type { Position } from "./diagnostic.ts";
import type { Token, TokenKind } from "./lexer.ts";
import { nestingMax } from "./limits.ts";
import type { Problem, Report } from "./report.ts";
import type { Name } from "./syntax.ts";

const start: Position = { line: 1, column: 1 };

export interface Mark {
  readonly token: Token;
  readonly previousLine: number;
}

export class Cursor {
  readonly path: string;
  /** Levels of blocks and literals that are open. */
  #depth = 0;
  #index = 0;
  #isLost = false;
  readonly #tokens: readonly Token[];
  readonly #report: Report;
  readonly #end: Token;

  constructor(path: string, tokens: readonly Token[], report: Report) {
    this.path = path;
    this.#tokens = tokens;
    this.#report = report;
    const position = tokens.at(-1)?.position ?? start;
    this.#end = tokens.at(-1) ?? {
      kind: "end",
      text: "",
      position,
      start: 0,
      end: 0,
      comments: [],
    };
  }

  /** True between a fault and `recover`. */
  get isLost(): boolean {
    return this.#isLost;
  }

  get token(): Token {
    return this.#isLost ? this.#end : this.#at(this.#index);
  }

  get following(): Token {
    return this.#isLost ? this.#end : this.#at(this.#index + 1);
  }

  /** The one behind `following`. */
  get second(): Token {
    return this.#isLost ? this.#end : this.#at(this.#index + 2);
  }

  get isEnd(): boolean {
    return this.token.kind === "end";
  }

  mark(): Mark {
    const previous = this.#tokens[this.#index - 1];
    return { token: this.#at(this.#index), previousLine: previous?.position.line ?? 0 };
  }

  /** Comments of a declaration that began at `first` and whose `;` or `{` is the token just taken. */
  comments(first: Mark): CommentSet {
    return commentsOf(first, this.mark());
  }

  take(): Token {
    const { token } = this;
    if (token.kind !== "end") this.#index += 1;
    return token;
  }

  is(text: string): boolean {
    const { token } = this;
    return token.text === text && (token.kind === "symbol" || token.kind === "identifier");
  }

  accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.#index += 1;
    return true;
  }

  expect(text: string, where: string): boolean {
    if (this.accept(text)) return true;
    this.fail({ message: `expected \`${text}\` ${where}, found ${describe(this.token)}` });
    return false;
  }

  expectKind(kind: TokenKind, what: string): Token {
    if (this.token.kind === kind) return this.take();
    this.fail({ message: `expected ${what}, found ${describe(this.token)}` });
    return { ...this.#end, text: "" };
  }

  identifier(what: string): Name {
    const { text, position } = this.expectKind("identifier", what);
    return { text, position };
  }

  /** `a.b.c`, with a leading dot where that is allowed. */
  qualifiedName(what: string, leadingDot: boolean): Name {
    const { position } = this.token;
    let text = leadingDot && this.accept(".") ? "." : "";
    text += this.identifier(what).text;
    while (this.accept(".")) text += `.${this.identifier("a name after `.`").text}`;
    return { text, position };
  }

  /** Reports at the current token and is lost from here on; silent where it is lost already. */
  fail(problem: Omit<Problem, "position" | "rule"> & { readonly rule?: string }): void {
    if (this.#isLost) return;
    this.#report.error(this.path, { rule: "syntax", position: this.token.position, ...problem });
    this.#isLost = true;
  }

  /** Reports without losing the way. */
  problem(problem: Problem): void {
    this.#report.error(this.path, problem);
  }

  /** Goes behind the statement that is wrong: its `;`, or its block, or in front of the `}` around it. */
  recover(): void {
    if (!this.#isLost) return;
    this.#isLost = false;
    for (;;) {
      const { token } = this;
      if (token.kind === "end" || this.is("}")) return;
      this.take();
      if (token.kind !== "symbol") continue;
      if (token.text === ";") return;
      if (token.text === "{") {
        this.skipBlock();
        return;
      }
    }
  }

  /** Behind the `}` that closes a block whose `{` was taken. */
  skipBlock(): void {
    for (let open = 1; open > 0 && !this.isEnd; ) {
      const { kind, text } = this.take();
      if (kind !== "symbol") continue;
      if (text === "{") open += 1;
      if (text === "}") open -= 1;
    }
  }

  /** Behind the mark that opens a level; beyond the limit the level is reported and passed over. */
  nested(opened: "{" | "[", run: () => void): void {
    if (this.#depth >= nestingMax) {
      this.fail({
        rule: "nesting-limit",
        message: `more than ${nestingMax} levels within each other`,
        help: "declare the inner parts at the top level",
      });
      if (opened !== "{") return;
      this.#isLost = false;
      this.skipBlock();
      return;
    }
    this.#depth += 1;
    run();
    this.#depth -= 1;
  }

  #at(index: number): Token {
    return this.#tokens[index] ?? this.#end;
  }
}

export function describe(token: Token): string {
  if (token.kind === "end") return "the end of the file";
  const text = token.text.length > 40 ? `${token.text.slice(0, 40)}...` : token.text;
  return `\`${text}\``;
}
