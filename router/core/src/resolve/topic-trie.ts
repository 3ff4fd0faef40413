/**
 * Topic patterns and what they lead to, as a tree of tokens: `*` is any one token, `>` any tail of at least one. Self-contained:
 * it knows neither links nor frames. Who inserts has checked the pattern's grammar.
 */

import { SlimMap } from "../lazy.ts";

interface Node<Value> {
  /** Most tokens lead to one token. */
  readonly literal: SlimMap<string, Node<Value>>;
  any: Node<Value> | undefined;
  /** Patterns that end here, and patterns that end here with `>`. */
  here: Set<Value> | undefined;
  tail: Set<Value> | undefined;
}

export class TopicTrie<Value> {
  readonly #root: Node<Value> = createNode();
  #size = 0;

  /** Values that are in the tree. */
  get size(): number {
    return this.#size;
  }

  insert(pattern: string, value: Value): void {
    let node = this.#root;
    for (const token of pattern.split(".")) {
      if (token === ">") {
        node.tail ??= new Set();
        this.#add(node.tail, value);
        return;
      }
      node = child(node, token);
    }
    node.here ??= new Set();
    this.#add(node.here, value);
  }

  remove(pattern: string, value: Value): void {
    if (this.#remove(this.#root, pattern.split("."), 0, value)) this.#size--;
  }

  /** Calls `visit` once for every value whose pattern matches `topic`, in no special order. */
  match(topic: string, visit: (value: Value) => void): void {
    const tokens = topic.split(".");
    // A leading wildcard never matches a router's own topics.
    const isReserved = topic.startsWith("$");
    descend(this.#root, tokens, 0, isReserved, visit);
  }

  #add(values: Set<Value>, value: Value): void {
    if (values.has(value)) return;
    values.add(value);
    this.#size++;
  }

  /** Removes and prunes what has become empty; whether it was there. */
  #remove(node: Node<Value>, tokens: readonly string[], at: number, value: Value): boolean {
    const token = tokens[at];
    if (token === undefined) return node.here?.delete(value) ?? false;
    if (token === ">") return node.tail?.delete(value) ?? false;
    const next = token === "*" ? node.any : node.literal.get(token);
    if (next === undefined) return false;
    const removed = this.#remove(next, tokens, at + 1, value);
    if (removed && isEmpty(next)) {
      if (token === "*") node.any = undefined;
      else node.literal.delete(token);
    }
    return removed;
  }
}

function createNode<Value>(): Node<Value> {
  return { literal: new SlimMap(), any: undefined, here: undefined, tail: undefined };
}

function child<Value>(node: Node<Value>, token: string): Node<Value> {
  if (token === "*") {
    node.any ??= createNode();
    return node.any;
  }
  let next = node.literal.get(token);
  if (next === undefined) {
    next = createNode();
    node.literal.set(token, next);
  }
  return next;
}

function isEmpty<Value>(node: Node<Value>): boolean {
  return (
    node.literal.size === 0 &&
    node.any === undefined &&
    (node.here?.size ?? 0) === 0 &&
    (node.tail?.size ?? 0) === 0
  );
}

function descend<Value>(
  node: Node<Value>,
  tokens: readonly string[],
  at: number,
  isReserved: boolean,
  visit: (value: Value) => void,
): void {
  const token = tokens[at];
  if (token === undefined) {
    node.here?.forEach(visit);
    return;
  }
  const mayBeWild = at > 0 || !isReserved;
  if (mayBeWild) node.tail?.forEach(visit);
  const literal = node.literal.get(token);
  if (literal !== undefined) descend(literal, tokens, at + 1, isReserved, visit);
  if (mayBeWild && node.any !== undefined) descend(node.any, tokens, at + 1, isReserved, visit);
}
