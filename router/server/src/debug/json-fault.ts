/**
 * Where a line stops being JSON, and what should stand there: the runtime's own parser does not tell the place of every fault.
 * It builds no value, and is asked only once that parser has refused the line.
 */

/** How deep objects and lists may nest in a line. */
export const NESTING_MAX = 64;

export interface JsonFault {
  /** From 1. */
  readonly column: number;
  readonly message: string;
}

/** The first fault of `text`; undefined where it is one JSON value. */
export function findJsonFault(text: string): JsonFault | undefined {
  const scanner = new Scanner(text);
  scanner.value(0);
  scanner.end();
  return scanner.fault;
}

const spaces = /[ \t\r\n]*/y;
const escapeToken = /["\\/bfnrt]|u[0-9a-fA-F]{4}/y;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const wordToken =
  /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![0-9A-Za-z_.])|(?:true|false|null)(?![0-9A-Za-z_])/y;

class Scanner {
  readonly #text: string;
  #at = 0;
  fault: JsonFault | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): void {
    this.#take(spaces);
    const next = this.#text[this.#at];
    if (depth > NESTING_MAX) this.#fail(`nothing may nest deeper than ${NESTING_MAX}`);
    else if (next === "{") this.#list("}", () => this.#member(depth));
    else if (next === "[") this.#list("]", () => this.value(depth + 1));
    else if (next === '"') this.#string();
    else if (!this.#take(wordToken)) this.#expect("a value: text stands in double quotes");
  }

  end(): void {
    this.#take(spaces);
    if (this.#at < this.#text.length) this.#expect("the end of the line: one object a line");
  }

  #list(close: string, item: () => void): void {
    this.#at++;
    this.#take(spaces);
    if (this.#eat(close)) return;
    for (;;) {
      item();
      if (this.fault !== undefined) return;
      this.#take(spaces);
      if (this.#eat(close)) return;
      if (!this.#eat(",")) {
        this.#expect(`"," or "${close}"`);
        return;
      }
    }
  }

  #member(depth: number): void {
    this.#take(spaces);
    if (this.#text[this.#at] !== '"') {
      this.#expect('a name in double quotes, as in {"t":"HELLO"}');
      return;
    }
    this.#string();
    this.#take(spaces);
    if (this.fault !== undefined) return;
    if (this.#eat(":")) this.value(depth + 1);
    else this.#expect('":" behind a name');
  }

  /** Character by character: a text may be as long as a line. */
  #string(): void {
    const text = this.#text;
    for (this.#at++; this.#at < text.length; ) {
      const code = text.charCodeAt(this.#at);
      if (code < SPACE) break;
      this.#at++;
      if (code === QUOTE) return;
      if (code === BACKSLASH && !this.#take(escapeToken)) {
        this.#expect('one of "\\/bfnrt or u with four digits behind a backslash');
        return;
      }
    }
    this.#expect("text that ends in a double quote");
  }

  #take(token: RegExp): boolean {
    token.lastIndex = this.#at;
    const found = token.exec(this.#text);
    if (found !== null) this.#at = token.lastIndex;
    return found !== null;
  }

  #eat(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }

  #expect(what: string): void {
    const next = this.#text[this.#at];
    const found = next === '"' ? "a double quote" : JSON.stringify(next);
    this.#fail(
      `expected ${what}, but ${next === undefined ? "the line ends" : `${found} stands there`}`,
    );
  }

  #fail(message: string): void {
    this.fault ??= { column: this.#at + 1, message };
  }
}
