/**
 * The templates: pictures of the output that print words of a view and decide nothing. A word that a view does not have
 * is an error, also in a condition.
 */
import { readdirSync, readFileSync } from "node:fs";
import Handlebars from "handlebars";

export const templateFolder = new URL("../templates/", import.meta.url);

export function templateNames(): readonly string[] {
  return readdirSync(templateFolder)
    .filter((name) => name.endsWith(".hbs"))
    .map((name) => name.slice(0, -".hbs".length))
    .toSorted();
}

export function templateText(name: string): string {
  return readFileSync(new URL(`${name}.hbs`, templateFolder), "utf8");
}

export const compileOptions = {
  noEscape: true,
  strict: true,
  knownHelpersOnly: true,
  explicitPartialContext: true,
} as const;

export type Render = (name: string, view: object) => string;

export function loadTemplates(): Render {
  const handlebars = Handlebars.create();
  for (const name of templateNames()) {
    handlebars.registerPartial(name, handlebars.compile(templateText(name), compileOptions));
  }
  const compiled = new Map<string, Handlebars.TemplateDelegate>();
  return (name, view) => {
    const known = compiled.get(name);
    const template = known ?? handlebars.compile(templateText(name), compileOptions);
    compiled.set(name, template);
    const text = template(sealed(view), { allowProtoPropertiesByDefault: true });
    return text.replace(/[ \t]+$/gm, "");
  };
}

/** A view whose unknown words throw instead of being empty. */
function sealed<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sealed) as T;
  return new Proxy(value, {
    get: (target, word) => {
      if (typeof word === "symbol") return Reflect.get(target, word);
      if (!Object.hasOwn(target, word)) throw new Error(`the view has no word "${word}"`);
      return sealed(Reflect.get(target, word));
    },
  });
}
