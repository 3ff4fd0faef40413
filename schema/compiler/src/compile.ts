/** The whole way from texts to a model. Each stage's value is kept, so that it can be shown. */
import { builtinFile, isBuiltin } from "./builtin.ts";
import { check } from "./check.ts";
import type { FileDescriptorProto } from "./descriptor.ts";
import { buildDescriptor } from "./descriptor-builder.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { filesMax } from "./limits.ts";
import type { LinkedFile } from "./linked.ts";
import { link } from "./linker.ts";
import type { Model } from "./model.ts";
import { buildModel } from "./model-builder.ts";
import { type Parsed, parse } from "./parser.ts";
import { createReport, type Report, sortDiagnostics } from "./report.ts";
import type { SourceFile } from "./source.ts";
import type { FileSyntax } from "./syntax.ts";

export interface CompileOptions {
  /** Import paths of the files to generate for; the others only serve them. */
  readonly inputs: readonly string[];
}

export interface Compilation {
  /** Absent where there are errors. */
  readonly model?: Model;
  /** Of every file reachable from the inputs, dependencies first; empty where there are errors. */
  readonly descriptors: readonly FileDescriptorProto[];
  /** By file and place. */
  readonly diagnostics: readonly Diagnostic[];
  /** By import path. */
  readonly trees: ReadonlyMap<string, FileSyntax>;
  readonly linked: readonly LinkedFile[];
}

const descriptorPath = "google/protobuf/descriptor.proto";
const start = { line: 1, column: 1 };

export function compile(files: readonly SourceFile[], options: CompileOptions): Compilation {
  const report = createReport();
  const trees = parseAll(files, report);
  const inputs = new Set(options.inputs);
  for (const input of inputs) {
    const isMissing = !trees.has(input) && !isBuiltin(input);
    if (isMissing)
      report.error(input, {
        rule: "input-not-found",
        position: start,
        message: "the input is not there",
      });
  }
  const hasSyntaxErrors = report.hasErrors;
  const context = link(trees, report);
  check(context, { skipsStructure: hasSyntaxErrors });
  const diagnostics = (): readonly Diagnostic[] => sortDiagnostics(report.diagnostics);
  const linked = context.files;
  if (report.hasErrors) return { descriptors: [], diagnostics: diagnostics(), trees, linked };
  const model = buildModel(context, inputs);
  const built = new Set(model.files.map((file) => file.path));
  const descriptors = linked.filter((file) => built.has(file.path)).map(buildDescriptor);
  return { model, descriptors, diagnostics: diagnostics(), trees, linked };
}

/** The trees of the given files, of every builtin file they lead to, and of descriptor.proto, which options need. */
function parseAll(files: readonly SourceFile[], report: Report): ReadonlyMap<string, FileSyntax> {
  const trees = new Map<string, FileSyntax>();
  const wanted = new Set<string>([descriptorPath]);
  for (const [index, file] of files.entries()) {
    if (index >= filesMax) {
      const message = `more than ${filesMax} files in one compilation`;
      report.error(file.path, {
        rule: "files-limit",
        position: start,
        message,
        help: "name fewer inputs",
      });
      break;
    }
    if (isBuiltin(file.path)) {
      wanted.add(file.path);
      continue;
    }
    if (trees.has(file.path)) {
      report.error(file.path, {
        rule: "file-twice",
        position: start,
        message: "the file is given twice",
      });
      continue;
    }
    const { tree, diagnostics } = parse(file);
    trees.set(file.path, tree);
    for (const { file: path, ...problem } of diagnostics) report.error(path, problem);
    for (const { path } of tree.imports) if (isBuiltin(path)) wanted.add(path);
  }
  // A set visits what is added while it is walked.
  for (const path of wanted) {
    const tree = parseBuiltin(path);
    if (tree === undefined) continue;
    trees.set(path, tree);
    for (const statement of tree.imports) wanted.add(statement.path);
  }
  return trees;
}

const builtinTrees = new Map<string, FileSyntax>();

/** Once a process: trees are never changed. */
function parseBuiltin(path: string): FileSyntax | undefined {
  const known = builtinTrees.get(path);
  if (known !== undefined) return known;
  const file = builtinFile(path);
  if (file === undefined) return undefined;
  const { tree }: Parsed = parse(file);
  builtinTrees.set(path, tree);
  return tree;
}
