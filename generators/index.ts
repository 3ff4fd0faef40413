export { type GenerateRequest, type GenerateSummary, generate } from "./generate.ts";
export { type LanguageRow, type LanguageTool, languages } from "./languages.ts";
