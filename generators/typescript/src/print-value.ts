/** How one value goes to bytes and back, to JSON and back: pieces of statements that the printers put together. */
import { call, type Doc } from "./layout.ts";
import type { ValueView } from "./view.ts";

/** `reader.string()`, `readCustomer(reader, reader.open(), base)`; `base` continues a message that was there before. */
export function readValue(value: ValueView, gen1: string, base = ""): Doc {
  if (value.kind === "message") {
    const open = value.isDelimited ? `reader.openGroup(${value.tag})` : "reader.open()";
    const items = ["reader", open, ...(base === "" ? [] : [base])];
    return call(value.words?.read ?? "", ...items);
  }
  const read = `reader.${value.method}()`;
  if (value.jsType === "string") return `${gen1}.toText(${read})`;
  return value.jsType === "number" ? `${gen1}.safeNumber(${read})` : read;
}

/** The statements that write `source` as a whole field. */
export function writeValue(value: ValueView, source: string, gen1: string): readonly Doc[] {
  if (value.kind !== "message") {
    const exact = value.jsType === undefined ? source : `${gen1}.toBigint(${source})`;
    const method = value.method === "uncheckedString" ? "string" : value.method;
    return [[call(`writer.${method}`, String(value.tag), exact), ";"]];
  }
  const write: Doc = [call(value.words?.write ?? "", "writer", source), ";"];
  if (value.isDelimited) {
    return [`writer.openGroup(${value.tag});`, write, `writer.closeGroup(${value.tag});`];
  }
  return [`const start = writer.open(${value.tag});`, write, "writer.close(start);"];
}

/** What `source` is in JSON. */
export function toJson(value: ValueView, source: string): Doc {
  if (value.toJson === "") return source;
  return call(value.toJson, source, ...(value.kind === "message" ? ["options"] : []));
}

/** The value that stands in JSON at `json`; undefined for an enum's name that is passed over. */
export function fromJson(value: ValueView, json: string, path: string): Doc {
  return call(value.fromJson, json, "options", path);
}

/** What must hold of `source` for a field to be written. */
export function presence(
  value: ValueView,
  source: string,
  isOptional: boolean,
  gen1: string,
): readonly string[] {
  const isThere = `${source} !== undefined`;
  if (isOptional) return [isThere];
  if (value.kind === "real") return [isThere, `!${gen1}.isPositiveZero(${source})`];
  if (value.kind === "bytes") return [isThere, `${source}.length > 0`];
  if (value.kind === "boolean") return [source];
  return [isThere, `${source} !== ${value.zero}`];
}
