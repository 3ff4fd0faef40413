/** What a run works on: schema inputs and targets, from a config file or from the command line. Only data. */
import type { TargetConfig } from "./config.ts";
import type { Language } from "./language.ts";

export interface Project {
  /** The folder that `inputs`, `roots` and every `out` are relative to. */
  readonly base: string;
  /** The folder that places in problems are shown relative to. */
  readonly workingFolder: string;
  /** The config file, where there is one. */
  readonly file?: string;
  readonly inputs: readonly string[];
  readonly roots?: readonly string[];
  readonly targets: readonly TargetConfig[];
}

/** Where a language comes from; rows of `generators/languages.ts` are such sources. */
export interface LanguageSource {
  readonly name: string;
  readonly generator: () => Promise<Language>;
}

export interface CommandLineProject {
  readonly workingFolder: string;
  readonly files: readonly string[];
  readonly languages: readonly string[];
  readonly out: string;
  readonly package?: string;
}

/** The project of `nexus generate --lang a,b --out dir files...`: several languages get a folder each below `out`. */
export function projectOfFlags(flags: CommandLineProject): Project {
  const isMany = flags.languages.length > 1;
  return {
    base: flags.workingFolder,
    workingFolder: flags.workingFolder,
    inputs: flags.files,
    targets: flags.languages.map((language) => ({
      language,
      out: isMany ? `${flags.out}/${language}` : flags.out,
      ...(flags.package === undefined ? {} : { package: flags.package }),
    })),
  };
}
