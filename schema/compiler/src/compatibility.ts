/**
 * Compares two versions of a schema by what reaches the wire, proto-JSON and Nexus, and says of every message, enum,
 * service and topic how well peers of the two understand each other, in both directions. Comments, file names, order and
 * options of single languages do not count. It reads nothing but models, and allows or forbids nothing.
 */
import { isBuiltin } from "./builtin.ts";
import { type Change, changeOf, type Located, type Where } from "./compatibility-change.ts";
import { compareEnums } from "./compatibility-enum.ts";
import { compareMessages } from "./compatibility-message.ts";
import { type Verdict, worst } from "./compatibility-rules.ts";
import { compareServices } from "./compatibility-service.ts";
import { type Subject, type SubjectKind, spread } from "./compatibility-subject.ts";
import { compareErrors, compareTopics } from "./compatibility-topic.ts";
import type { Enum, Message, Model, Service } from "./model.ts";
import { compareText } from "./report.ts";

export interface Comparison {
  /** The worst of all. */
  readonly verdict: Verdict;
  /** Everything that either version declares, enums first, each kind in the order of the old version. */
  readonly subjects: readonly Subject[];
  /** Of all subjects, by place. */
  readonly changes: readonly Change[];
}

/** Compares `after`, the new version, with `before`. What a version only imports cannot be new or gone in it. */
export function compareModels(before: Model, after: Model): Comparison {
  const models: Models = { before, after };
  const found: Subject[] = [];
  const add = (kind: SubjectKind, name: string, changes: readonly Change[]): void => {
    found.push({ kind, name, verdict: worst(changes.map(({ verdict }) => verdict)), changes });
  };
  for (const pair of pairs(before.enums, after.enums, models)) {
    if (pair.kind === "both") add("enum", pair.name, compareEnums(pair.before, pair.after));
    else if (!pair.isInner) add("enum", pair.name, [lifeChange("enum", pair)]);
  }
  for (const pair of pairs(before.messages, after.messages, models)) {
    if (pair.kind !== "both" && pair.isInner) continue;
    add("message", pair.name, messageChanges(pair));
  }
  for (const pair of pairs(before.services, after.services, models)) {
    const changes =
      pair.kind === "both"
        ? compareServices(pair.before, pair.after)
        : [lifeChange("service", pair)];
    add("service", pair.name, changes);
  }
  for (const pair of pairs(before.messages, after.messages, models)) {
    if (hasTopic(pair)) add("topic", pair.name, topicChanges(pair));
  }
  const subjects = spread(found, after);
  const changes = subjects.flatMap((subject) => subject.changes).sort(byPlace);
  return { verdict: worst(changes.map(({ verdict }) => verdict)), subjects, changes };
}

interface Models {
  readonly before: Model;
  readonly after: Model;
}

type Declaration = Message | Enum | Service;

/** One name in both versions, or in one of them. */
type Pair<Item> =
  | { readonly kind: "both"; readonly name: string; readonly before: Item; readonly after: Item }
  | Single<Item>;

interface Single<Item> {
  readonly kind: "removed" | "added";
  readonly name: string;
  readonly item: Item;
  /** It came or went within a message that did, which tells enough. */
  readonly isInner: boolean;
  readonly where: Where;
}

function* pairs<Item extends Declaration>(
  before: ReadonlyMap<string, Item>,
  after: ReadonlyMap<string, Item>,
  models: Models,
): Generator<Pair<Item>> {
  for (const [name, item] of before) {
    if (isBuiltin(item.file.path)) continue;
    const now = after.get(name);
    if (now !== undefined) yield { kind: "both", name, before: item, after: now };
    else if (item.file.isInput) {
      const where = { path: name, before: item, after: fileStart(item, models.after) };
      yield { kind: "removed", name, item, isInner: isInner(item, models.after), where };
    }
  }
  for (const [name, item] of after) {
    if (before.has(name) || isBuiltin(item.file.path) || !item.file.isInput) continue;
    const where = { path: name, after: item };
    yield { kind: "added", name, item, isInner: isInner(item, models.before), where };
  }
}

function isInner(item: Declaration, other: Model): boolean {
  if (item.kind === "service" || item.parent === undefined) return false;
  return !other.messages.has(item.parent.fullName);
}

/** Where to look for what is gone: the file of the same path, if the new version still has it. */
function fileStart({ file }: Located, after: Model): Located | undefined {
  const same = after.files.find(({ path }) => path === file.path);
  return same === undefined ? undefined : { file: same, position: { line: 1, column: 1 } };
}

function lifeChange(
  kind: "message" | "enum" | "service",
  { kind: life, name, where }: Single<Declaration>,
): Change {
  const word = life === "added" ? "new" : "gone";
  return changeOf(`${kind}-${life}`, where, `the ${kind} ${name} is ${word}`);
}

function messageChanges(pair: Pair<Message>): readonly Change[] {
  if (pair.kind === "both") {
    return [...compareMessages(pair.before, pair.after), ...compareErrors(pair.before, pair.after)];
  }
  const life = lifeChange("message", pair);
  if (pair.kind === "added" || pair.item.error === undefined) return [life];
  return [life, changeOf("error-removed", pair.where, `the error ${pair.name} is gone`)];
}

function hasTopic(pair: Pair<Message>): boolean {
  if (pair.kind !== "both") return pair.item.topic !== undefined;
  return pair.before.topic !== undefined || pair.after.topic !== undefined;
}

function topicChanges(pair: Pair<Message>): readonly Change[] {
  if (pair.kind === "both") return compareTopics(pair.before, pair.after);
  const word = pair.kind === "added" ? "new" : "gone";
  const words = `the topic ${pair.item.topic?.template} is ${word}`;
  return [changeOf(`topic-${pair.kind}`, pair.where, words)];
}

/** What has no place in the new version comes last. */
function byPlace({ place: left, path }: Change, { place: right, path: other }: Change): number {
  if (left === undefined || right === undefined) {
    if (left === right) return compareText(path, other);
    return left === undefined ? 1 : -1;
  }
  return (
    compareText(left.file, right.file) ||
    left.position.line - right.position.line ||
    left.position.column - right.position.column ||
    compareText(path, other)
  );
}
