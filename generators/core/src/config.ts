/**
 * The shape of `nexus.config.*` and the only check of it: what passes is a `Config`, what does not becomes problems that
 * name the key and the remedy. Reads no file and knows no language.
 */
import { z } from "zod";
import { errorAt, type Problem } from "./problem.ts";
import { didYouMean } from "./suggestion.ts";

const optionValue = z.union([z.string(), z.boolean(), z.number()]);

const target = z.strictObject({
  language: z
    .string()
    .min(1)
    .describe("A language of `nexus generate --lang`, for example python."),
  out: z.string().min(1).describe("The folder to write to, relative to this file."),
  package: z
    .string()
    .min(1)
    .optional()
    .describe("Name of the package to emit, or of Python's root package."),
  imports: z
    .record(z.string(), z.strictObject({ package: z.string().min(1) }))
    .optional()
    .describe("Proto packages whose adapters are published already, by package name."),
  options: z.record(z.string(), optionValue).optional().describe("The language's own options."),
});

const config = z.strictObject({
  $schema: z.string().optional().describe("The JSON schema of this file, for editors."),
  inputs: z
    .array(z.string().min(1))
    .min(1)
    .describe("Schema files, or folders of them, relative to this file."),
  roots: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe("Folders that imports are looked up in; without them every input folder is one."),
  targets: z.array(target).min(1).describe("What to generate: a language and a folder each."),
});

export type Config = z.infer<typeof config>;
export type TargetConfig = z.infer<typeof target>;

export type ConfigResult =
  | { readonly kind: "config"; readonly config: Config }
  | { readonly kind: "problems"; readonly problems: readonly Problem[] };

/** Checks a parsed value; `file` is how the place of a problem is shown. */
export function parseConfig(value: unknown, file: string): ConfigResult {
  const result = config.safeParse(value);
  if (result.success) return { kind: "config", config: result.data };
  return {
    kind: "problems",
    problems: result.error.issues.flatMap((issue) => problemsOf(issue, file)),
  };
}

/** The JSON schema of a config file, as editors read it. */
export function configJsonSchema(): unknown {
  return { title: "nexus.config", ...z.toJSONSchema(config) };
}

const keys = {
  config: Object.keys(config.shape),
  target: Object.keys(target.shape),
  import: ["package"],
};

const examples: Readonly<Record<string, string>> = {
  inputs: 'write for example "inputs": ["schema"]',
  roots: 'write for example "roots": ["schema"], or leave it out',
  targets: 'write for example "targets": [{"language": "python", "out": "gen/python"}]',
  language: 'write for example "language": "python"',
  out: 'write for example "out": "gen/python"',
  package: 'write for example "package": "acme_orders", or leave it out',
  imports: 'write for example "imports": {"acme.common.v1": {"package": "@acme/common"}}',
  options: 'write for example "options": {"importExtension": "ts"}',
};

function problemsOf(issue: z.core.$ZodIssue, file: string): Problem[] {
  const place = `${file}: ${keyPath(issue.path)}`;
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(issue.path);
    return issue.keys.map((key) =>
      errorAt(
        `${file}: ${keyPath([...issue.path, key])}`,
        `there is no key "${key}"`,
        didYouMean(key, known) ?? `the keys are ${known.join(", ")}`,
      ),
    );
  }
  const help = helpFor(issue.path);
  if (issue.code === "invalid_type" && issue.input === undefined && isMissing(issue)) {
    return [errorAt(place, "the key is missing", help)];
  }
  return [errorAt(place, messageOf(issue), help)];
}

function isMissing(issue: z.core.$ZodIssue): boolean {
  return issue.message.includes("received undefined");
}

function messageOf(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${withArticle(issue.expected)}`;
    case "too_small":
      return "must not be empty";
    case "invalid_union":
      return "must be a text, a number, true or false";
    default:
      return issue.message;
  }
}

function withArticle(expected: string): string {
  if (expected === "string") return "a text";
  if (expected === "array") return "a list";
  return "an object";
}

function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  if (path[0] !== "targets") return keys.config;
  return path[2] === "imports" ? keys.import : keys.target;
}

/** The remedy for the innermost key that has one. */
function helpFor(path: readonly PropertyKey[]): string {
  for (const key of [...path].reverse()) {
    const help = typeof key === "string" ? examples[key] : undefined;
    if (help !== undefined) return help;
  }
  return "write an object with `inputs` and `targets`";
}

function keyPath(path: readonly PropertyKey[]): string {
  let text = "";
  for (const key of path) {
    if (typeof key === "number") text += `[${key}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(String(key)))
      text += text === "" ? String(key) : `.${String(key)}`;
    else text += `[${JSON.stringify(String(key))}]`;
  }
  return text === "" ? "(top)" : text;
}
