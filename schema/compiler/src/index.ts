export { builtinFile, isBuiltin } from "./builtin.ts";
export { type Comparison, compareModels } from "./compatibility.ts";
export type { Change, Place } from "./compatibility-change.ts";
export {
  type ChangeKind,
  type ChangeVerdict,
  type CompatibilityRule,
  compatibilityRules,
  isWorse,
  type Verdict,
} from "./compatibility-rules.ts";
export type { Subject, SubjectKind } from "./compatibility-subject.ts";
export { type Compilation, type CompileOptions, compile } from "./compile.ts";
export type * from "./descriptor.ts";
export { encodeDescriptorSet } from "./descriptor-encode.ts";
export * from "./diagnostic.ts";
export { canonicalText } from "./fingerprint.ts";
export { type ImportStatement, importsOf } from "./imports.ts";
export type * from "./linked.ts";
export type * from "./model.ts";
export { type Parsed, parse } from "./parser.ts";
export { sha256 } from "./sha256.ts";
export type { SourceFile } from "./source.ts";
export type { FileSyntax } from "./syntax.ts";
