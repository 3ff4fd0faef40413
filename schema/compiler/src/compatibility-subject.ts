/**
 * What a comparison is about: one message, enum, service or topic, with its own changes and a verdict that holds for all
 * it refers to. Here that verdict travels from a type to whoever uses it.
 */
import type { Change } from "./compatibility-change.ts";
import { isWorse, type Verdict } from "./compatibility-rules.ts";
import type { Message, Model, ValueType } from "./model.ts";

export type SubjectKind = "message" | "enum" | "service" | "topic";

export interface Subject {
  readonly kind: SubjectKind;
  /** Full name; of a topic, that of its message. */
  readonly name: string;
  /** The worst of its own changes and of those of every type that it leads to in the new version. */
  readonly verdict: Verdict;
  /** Its own. */
  readonly changes: readonly Change[];
}

/** By kind and name, each with the verdict of all it leads to. */
export function spread(subjects: readonly Subject[], model: Model): readonly Subject[] {
  const users = usersOf(subjects, model);
  const reached = new Map(subjects.map((subject) => [keyOf(subject), subject.verdict]));
  for (const level of ["breaking", "lossy", "compatible"] as const) {
    const open = [...reached].filter(([, verdict]) => verdict === level).map(([key]) => key);
    for (let key = open.pop(); key !== undefined; key = open.pop()) {
      for (const user of users.get(key) ?? []) {
        if (!isWorse(level, reached.get(user) ?? "breaking")) continue;
        reached.set(user, level);
        open.push(user);
      }
    }
  }
  return subjects.map((subject) => ({
    ...subject,
    verdict: reached.get(keyOf(subject)) ?? subject.verdict,
  }));
}

interface Reference {
  readonly kind: SubjectKind;
  readonly name: string;
}

function keyOf({ kind, name }: Reference): string {
  return `${kind} ${name}`;
}

/** Who refers to a subject, by the subject's key. */
function usersOf(
  subjects: readonly Subject[],
  model: Model,
): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>();
  for (const subject of subjects) {
    for (const reference of referencesOf(subject, model)) {
      const key = keyOf(reference);
      const known = users.get(key);
      if (known === undefined) users.set(key, [keyOf(subject)]);
      else known.push(keyOf(subject));
    }
  }
  return users;
}

/** Nothing for what is gone. */
function referencesOf({ kind, name }: Subject, model: Model): readonly Reference[] {
  switch (kind) {
    case "message":
      return (model.messages.get(name)?.fields ?? []).flatMap(({ type }) => typeReference(type));
    case "enum":
      return [];
    case "topic":
      return model.messages.has(name) ? [{ kind: "message", name }] : [];
    case "service": {
      const methods = model.services.get(name)?.methods ?? [];
      return methods.flatMap(({ request, response, errors }) =>
        [request, response, ...errors].map(messageReference),
      );
    }
    default:
      return kind satisfies never;
  }
}

function typeReference(type: ValueType): readonly Reference[] {
  switch (type.kind) {
    case "scalar":
      return [];
    case "enum":
      return [{ kind: "enum", name: type.enum.fullName }];
    case "message":
      return [messageReference(type.message)];
    default:
      return type satisfies never;
  }
}

function messageReference({ fullName }: Message): Reference {
  return { kind: "message", name: fullName };
}
