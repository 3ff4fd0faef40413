/**
 * The contract between the stages of `nexus generate` and one language: a language turns a model into views (only
 * strings, booleans and lists) and a view into text. It reads no disk and writes none.
 */
import type { Diagnostic, Model } from "@nexus-bridge/schema";

/** One output of `nexus generate`: a language, a folder and how to spell it. */
export interface Target {
  readonly language: string;
  /** The output folder, as the user wrote it. */
  readonly out: string;
  /** Name of the package to emit (`--package` adds its manifest), or of Python's root package. */
  readonly package?: string;
  /** Proto packages whose adapters are published already: not emitted again, imported from there. */
  readonly imports: Readonly<Record<string, { readonly package: string }>>;
  /** The language's own options, validated against `LanguageOption`. */
  readonly options: Readonly<Record<string, string>>;
}

export interface LanguageOption {
  readonly name: string;
  readonly description: string;
  readonly values?: readonly string[];
  readonly defaultValue: string;
}

/** What a language sees of one output file, before any text exists. Each language extends it with its own words. */
export interface FileView {
  /** Relative to the target's folder, with `/`. */
  readonly path: string;
  /** The schema file it comes from, for the banner. */
  readonly source: string;
}

export interface GeneratedFile {
  /** Relative to the target's folder, with `/`, never leaving it. */
  readonly path: string;
  /** LF line ends, one at the end; already in the language's canonical format. */
  readonly text: string;
}

export interface ViewResult<View extends FileView> {
  readonly views: readonly View[];
  /** What this language cannot spell, for example two names that clash beyond repair. */
  readonly diagnostics: readonly Diagnostic[];
}

/** One language, loaded lazily: `view` decides everything, `render` only prints. */
export interface Language<View extends FileView = FileView> {
  readonly name: string;
  readonly options: readonly LanguageOption[];
  view(model: Model, target: Target): ViewResult<View>;
  render(views: readonly View[], target: Target): readonly GeneratedFile[];
}
