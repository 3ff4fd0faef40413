/**
 * The three spellings of one program: TypeScript, and its JavaScript and declarations. Printers write the program once and
 * leave out what a spelling does not have.
 */
import { assigned, block, call, type Doc, group, indent, line, softline } from "./layout.ts";

export type Dialect = "typescript" | "javascript" | "declarations";

/** A type that only TypeScript spells. */
export function typed(dialect: Dialect, text: string): string {
  return dialect === "typescript" ? text : "";
}

export interface FunctionWords {
  readonly name: string;
  /** `writer: gen1.Writer`: name and type. */
  readonly parameters: readonly (readonly [name: string, type: string])[];
  readonly result: string;
  readonly body: readonly Doc[];
}

/** A function that the module keeps to itself; declarations do not have it. */
export function printFunction(dialect: Dialect, words: FunctionWords): readonly Doc[] {
  if (dialect === "declarations") return [];
  const { name, parameters, result, body } = words;
  const spelt = parameters.map(([parameter, type]) =>
    dialect === "typescript" ? `${parameter}: ${type}` : parameter.replace("?", ""),
  );
  const head = call(`function ${name}`, ...spelt);
  return [block([head, typed(dialect, `: ${result}`), " "], body)];
}

export interface ConstantWords {
  readonly name: string;
  readonly docs: readonly Doc[];
  /** A type and its arguments. */
  readonly type: string;
  readonly typeArguments: readonly string[];
  readonly value: Doc;
  readonly isExported: boolean;
}

export function printConstant(dialect: Dialect, words: ConstantWords): readonly Doc[] {
  const { name, docs, value, isExported } = words;
  if (dialect === "declarations" && !isExported) return [];
  const keyword = `${isExported ? "export " : ""}${dialect === "declarations" ? "declare " : ""}const `;
  const type = dialect === "javascript" ? "" : [": ", generic(words.type, words.typeArguments)];
  // biome breaks the type itself where it has an object in it, and behind the `=` otherwise.
  const hasObject = words.typeArguments.some((argument) => argument.startsWith("{"));
  const right = hasObject && dialect !== "javascript" ? [" ", value] : assigned(value);
  const tail = dialect === "declarations" ? ";" : [" =", right, ";"];
  return [[...docs, keyword, name, type, tail]];
}

function generic(type: string, parameters: readonly string[]): Doc {
  if (parameters.length === 0) return type;
  const items = parameters.flatMap((item, index) => (index === 0 ? [item] : [[",", line], item]));
  return group(`${type}<`, indent(softline, items), softline, ">");
}

/** A call with one object that a bundler may drop when nobody uses its result. */
export function pureCall(callee: string, argument: Doc): Doc {
  return [`/* @__PURE__ */ ${callee}(`, argument, ")"];
}
