/** Reads router.yaml: a value, and the line and column of everything in it. What the keys mean is settings.ts's business. */
import {
  type Document,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from "yaml";
import type { Path } from "./settings.ts";

/** A configuration is read whole, and again at every reload. */
export const CONFIG_BYTES_MAX = 1024 * 1024;

export interface YamlSource {
  readonly value: unknown;
  /** `line:column` of the value at `path`, of its key where the value is missing, else of the nearest thing around it. */
  place(path: Path): string;
  /** `line:column: message` of everything that is no YAML. */
  readonly faults: readonly string[];
}

export function readYaml(text: string): YamlSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const faults = document.errors.map((error) => `${at(error.pos[0])}: ${error.message}`);
  for (const { offset, message } of aliasFaults(document)) faults.push(`${at(offset)}: ${message}`);
  return {
    value: faults.length > 0 ? undefined : toValue(document, faults),
    place: (path) => at(offsetOf(document.contents, path)),
    faults,
  };
}

interface Fault {
  readonly offset: number;
  readonly message: string;
}

/** The parser leaves an alias without its anchor to whoever asks for the value. */
function aliasFaults(document: Document): readonly Fault[] {
  const faults: Fault[] = [];
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return;
      const message = `*${alias.source} names no anchor; write &${alias.source} where the value stands`;
      faults.push({ offset: alias.range?.[0] ?? 0, message });
    },
  });
  return faults;
}

/** An empty file says nothing; one that grows without bound when its aliases are followed is refused. */
function toValue(document: Document, faults: string[]): unknown {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    faults.push(`1:1: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function offsetOf(root: Node | null, path: Path): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const step of path) {
    const inner = child(node, step);
    if (inner === undefined) return offset;
    offset = inner.offset ?? offset;
    node = inner.node;
  }
  return offset;
}

interface Inner {
  readonly node: unknown;
  readonly offset: number | undefined;
}

function child(node: unknown, step: string | number): Inner | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => (isScalar(key) ? key.value : key) === step);
    if (pair === undefined) return undefined;
    return { node: pair.value, offset: startOf(pair.key) };
  }
  if (typeof step !== "number" || !isNode(node) || !("items" in node)) return undefined;
  const item = Array.isArray(node.items) ? (node.items[step] as unknown) : undefined;
  return item === undefined ? undefined : { node: item, offset: startOf(item) };
}

const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);
