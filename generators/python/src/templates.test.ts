import Handlebars from "handlebars";
import { expect, test } from "vitest";
import { loadTemplates, templateNames, templateText } from "./templates.ts";

const linesMax = 30;
const blocks = new Set(["if", "each"]);

function problemsOf(program: hbs.AST.Program, name: string): readonly string[] {
  return program.body.flatMap((statement) => problemsOfStatement(statement, name));
}

function problemsOfStatement(statement: hbs.AST.Statement, name: string): readonly string[] {
  const place = `${name}:${statement.loc.start.line}`;
  switch (statement.type) {
    case "ContentStatement":
      return [];
    case "MustacheStatement": {
      const { path, params } = statement as hbs.AST.MustacheStatement;
      const isWord = path.type === "PathExpression" && params.length === 0;
      return isWord ? pathProblems(path as hbs.AST.PathExpression, place) : [`${place}: a helper`];
    }
    case "BlockStatement": {
      const block = statement as hbs.AST.BlockStatement;
      if (!blocks.has(block.path.original)) return [`${place}: only if and each`];
      return [block.program, block.inverse]
        .filter((program) => program !== undefined && program !== null)
        .flatMap((program) => problemsOf(program, name));
    }
    case "PartialStatement": {
      const partial = statement as hbs.AST.PartialStatement;
      return partial.params.length === 1 ? [] : [`${place}: a partial takes its context by name`];
    }
    default:
      return [`${place}: ${statement.type} is not a part of a picture`];
  }
}

function pathProblems(path: hbs.AST.PathExpression, place: string): readonly string[] {
  return path.parts.length > 1 || path.depth > 0 || path.data ? [`${place}: ${path.original}`] : [];
}

test.each(templateNames())("%s is a picture: words, if, each and partials alone", (name) => {
  const text = templateText(name);
  expect(problemsOf(Handlebars.parse(text), name)).toEqual([]);
  expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(linesMax);
});

test("a word that the view does not have is an error, also in a condition", () => {
  const render = loadTemplates();
  expect(() => render("aliases", {})).toThrow('the view has no word "aliases"');
  expect(() => render("validate", { signature: "def f():" })).toThrow("statements");
});

test("lines that templates leave blank hold no spaces", () => {
  expect(loadTemplates()("lines", ["a", "  ", "b"])).toBe("a\n\nb\n");
});
