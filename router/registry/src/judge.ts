/**
 * Says how well two versions of a message type understand each other, told by nothing but their fingerprints. What no pushed
 * schema declares is unknown. A comparison is made once a pair of schemas; it decides nothing.
 */

import type { SchemaJudge, SchemaJudgement } from "@nexus-bridge/router-core";
import {
  type Change,
  type Comparison,
  compareModels,
  type Message,
  type Model,
  type Subject,
} from "@nexus-bridge/schema";

/** Verdicts remembered; beyond them all are forgotten and made again from the comparisons. */
const JUDGEMENTS_MAX = 10_000;

interface Known {
  readonly model: Model;
  readonly message: Message;
}

const unknown: SchemaJudgement = { verdict: "unknown", message: "" };
const identical: SchemaJudgement = { verdict: "identical", message: "" };

export class FingerprintJudge implements SchemaJudge {
  readonly #known = new Map<bigint, Known>();
  readonly #judgements = new Map<string, SchemaJudgement>();
  readonly #comparisons = new WeakMap<Model, WeakMap<Model, Comparison>>();

  /** Knows the types of `model` from now on. */
  learn(model: Model): void {
    for (const message of model.messages.values()) {
      this.#known.set(message.fingerprint, { model, message });
    }
    this.#judgements.clear();
  }

  judge(before: bigint, after: bigint): SchemaJudgement {
    if (before === after) return identical;
    const key = `${before} ${after}`;
    const told = this.#judgements.get(key);
    if (told !== undefined) return told;
    const judgement = this.#compare(this.#known.get(before), this.#known.get(after));
    if (this.#judgements.size >= JUDGEMENTS_MAX) this.#judgements.clear();
    if (judgement !== unknown) this.#judgements.set(key, judgement);
    return judgement;
  }

  #compare(before: Known | undefined, after: Known | undefined): SchemaJudgement {
    if (before === undefined || after === undefined) return unknown;
    const name = after.message.fullName;
    if (before.message.fullName !== name) {
      const message = `the type is ${before.message.fullName} on one side and ${name} on the other`;
      return { verdict: "breaking", message };
    }
    const { subjects } = this.comparison(before.model, after.model);
    const subject = subjects.find((each) => each.kind === "message" && each.name === name);
    if (subject === undefined) return unknown;
    const { verdict } = subject;
    return { verdict, message: messageOf(subject, subjects, after.message) };
  }

  /** Made once a pair. */
  comparison(before: Model, after: Model): Comparison {
    const inner = this.#comparisons.get(before) ?? new WeakMap<Model, Comparison>();
    this.#comparisons.set(before, inner);
    const comparison = inner.get(after) ?? compareModels(before, after);
    inner.set(after, comparison);
    return comparison;
  }
}

/** The first change as grave as the verdict, of the type itself or of what it leads to. */
function messageOf(subject: Subject, subjects: readonly Subject[], message: Message): string {
  if (subject.verdict === "identical") return "";
  const byKey = new Map(subjects.map((each) => [`${each.kind} ${each.name}`, each]));
  const seen = new Set<string>([`message ${message.fullName}`]);
  const models = new Map([[`message ${message.fullName}`, message]]);
  // A set visits what is added while it is walked.
  for (const key of seen) {
    const change = byKey.get(key)?.changes.find(({ verdict }) => verdict === subject.verdict);
    if (change !== undefined) return textOf(change);
    for (const { type } of models.get(key)?.fields ?? []) {
      if (type.kind === "enum") seen.add(`enum ${type.enum.fullName}`);
      if (type.kind !== "message") continue;
      const inner = `message ${type.message.fullName}`;
      seen.add(inner);
      models.set(inner, type.message);
    }
  }
  return `${message.fullName} is ${subject.verdict}`;
}

const textOf = ({ path, message, kind }: Change): string => `${path}: ${message} (${kind})`;
