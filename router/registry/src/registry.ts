/**
 * The registry: subjects with their versions, in the order they were pushed. A version never changes and never goes; one that
 * breaks peers of the version before it is refused unless it is allowed by name. Pushes are taken one at a time.
 */
import type { SchemaJudge } from "@nexus-bridge/router-core";
import type { Comparison, Model, Verdict } from "@nexus-bridge/schema";
import type { CompileSet } from "./compile-set.ts";
import { FingerprintJudge } from "./judge.ts";
import { declaredBy, declaresTopic, NameIndex } from "./name-index.ts";
import { OWN_SUBJECT, ownVersion } from "./own-schema.ts";
import type { SchemaIndex } from "./schema-index.ts";
import { hexOf, ordered, type SchemaSet, setBytes, setFault, setHash } from "./schema-set.ts";
import { createVersion, subjectProblem, type Version, versionProblem } from "./version.ts";

export interface RegistryLimits {
  readonly schemaSetBytes: number;
  readonly schemaBytesPerSecond: number;
  readonly schemaFiles: number;
  readonly schemaVersions: number;
  readonly schemaRegistryBytes: number;
}

export interface RegistryOptions {
  readonly compile: CompileSet;
  /** Those that hold at the moment. */
  readonly limits: () => RegistryLimits;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
  /** Keeps a version before it counts; rejects where it cannot. Left out: memory alone. */
  readonly keep?: (version: Version) => Promise<void>;
  /** Called after every version that is new. */
  readonly changed?: (version: Version) => void;
}

export interface Push {
  readonly subject: string;
  readonly version: string;
  readonly set: SchemaSet;
  readonly expectedHash?: Uint8Array;
  readonly allowBreaking?: boolean;
}

export type PushResult =
  | {
      readonly kind: "pushed";
      readonly version: Version;
      readonly isNew: boolean;
      readonly comparison: Comparison | undefined;
    }
  | { readonly kind: "breaking"; readonly against: Version; readonly comparison: Comparison }
  | { readonly kind: "taken"; readonly version: Version }
  | Refusal;

export type Refusal =
  | { readonly kind: "problems"; readonly problems: readonly string[] }
  | {
      readonly kind: "invalid" | "tooLarge" | "tooFast" | "full" | "failed";
      readonly message: string;
    };

export type CheckResult =
  | { readonly kind: "checked"; readonly comparison: Comparison; readonly hash: Uint8Array }
  | { readonly kind: "notFound" }
  | Refusal;

/** Pushes and checks that wait for the one at work; schemas are large. */
const WAITING_MAX = 16;

export class Registry {
  readonly judge: SchemaJudge;
  readonly index: SchemaIndex;
  readonly #options: RegistryOptions;
  readonly #judge = new FingerprintJudge();
  readonly #index = new NameIndex();
  readonly #versions: Version[] = [];
  readonly #newest = new Map<string, Version>();
  #bytes = 0;
  #waiting = 0;
  /** Bytes that were compiled and are not paid off by time yet. */
  #debtBytes = 0;
  #debtAt = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.judge = this.#judge;
    this.index = this.#index;
  }

  /** In the order they were pushed. */
  get versions(): readonly Version[] {
    return this.#versions;
  }

  /** The newest where `version` is left out. */
  get(subject: string, version?: string): Version | undefined {
    if (subject === OWN_SUBJECT) return ownVersion();
    if (version === undefined) return this.#newest.get(subject);
    return this.#versions.find((each) => each.subject === subject && each.version === version);
  }

  /** The newest version that declares `name`: a service, message or enum, or the end of a service's name that fits one alone. */
  find(name: string): Version | undefined {
    const newest = [...this.#newest.values()].reverse();
    newest.push(ownVersion());
    const exact = newest.find(({ model }) => declaredBy(model, name) !== undefined);
    if (exact !== undefined || name === "") return exact;
    const ending = `.${name}`;
    const fitting = newest.filter(({ model }) =>
      [...model.services.keys()].some((service) => service.endsWith(ending)),
    );
    return fitting.length === 1 ? fitting[0] : undefined;
  }

  /** The newest version with a topic that the concrete name fits. */
  findTopic(topic: string): Version | undefined {
    const newest = [...this.#newest.values()].reverse();
    return newest.find(({ model }) => declaresTopic(model, topic));
  }

  /** Takes in what was kept earlier, or what the operator gives: it is not compared, kept or bounded. */
  restore(version: Version): void {
    this.#add(version);
  }

  push(push: Push): Promise<PushResult> {
    return this.#inTurn(() => this.#push(push));
  }

  /** What a push would do to peers of `version`, or of the newest. */
  check(subject: string, version: string | undefined, set: SchemaSet): Promise<CheckResult> {
    return this.#inTurn(async () => {
      const before = this.get(subject, version);
      if (before === undefined) return { kind: "notFound" };
      const compiled = await this.#compile(set);
      if (compiled.kind !== "model") return compiled;
      const comparison = this.#judge.comparison(before.model, compiled.model);
      return { kind: "checked", comparison, hash: setHash(set) };
    });
  }

  async #push(push: Push): Promise<PushResult> {
    const { subject, version } = push;
    const set = ordered(push.set);
    const refusal = this.#refusalOf(push, set);
    if (refusal !== undefined) return refusal;
    const known = this.get(subject, version);
    if (known !== undefined) return again(known, set);
    const full = this.#fullness(set);
    if (full !== undefined) return full;
    const compiled = await this.#compile(set);
    if (compiled.kind !== "model") return compiled;
    const before = this.#newest.get(subject);
    const comparison = before && this.#judge.comparison(before.model, compiled.model);
    const isBreaking = comparison?.verdict === "breaking";
    if (before !== undefined && comparison !== undefined && isBreaking && !push.allowBreaking) {
      return { kind: "breaking", against: before, comparison };
    }
    return this.#accept({ subject, version, set }, compiled.model, comparison);
  }

  async #accept(
    named: { readonly subject: string; readonly version: string; readonly set: SchemaSet },
    model: Model,
    comparison: Comparison | undefined,
  ): Promise<PushResult> {
    const { keep, changed, wallMs } = this.#options;
    const verdict: Verdict | undefined = comparison?.verdict;
    const allowedBreaking = verdict === "breaking";
    const version = createVersion({
      ...named,
      model,
      verdict,
      allowedBreaking,
      pushedAtMs: wallMs(),
    });
    try {
      await keep?.(version);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { kind: "failed", message: `the version could not be kept: ${why}` };
    }
    this.#add(version);
    changed?.(version);
    return { kind: "pushed", version, isNew: true, comparison };
  }

  #add(version: Version): void {
    this.#versions.push(version);
    // Set anew, so that the order of subjects is that of their newest versions.
    this.#newest.delete(version.subject);
    this.#newest.set(version.subject, version);
    this.#bytes += version.bytes;
    this.#judge.learn(version.model);
    this.#index.learn(version.model);
  }

  #refusalOf({ subject, version, expectedHash }: Push, set: SchemaSet): Refusal | undefined {
    const problem =
      subject === OWN_SUBJECT
        ? `the subject ${OWN_SUBJECT} is the router's own; push under another name`
        : (subjectProblem(subject) ?? versionProblem(version));
    if (problem !== undefined) return { kind: "invalid", message: problem };
    const fault = setFault(set, this.#options.limits());
    if (fault !== undefined) return fault;
    if (expectedHash === undefined) return undefined;
    const [expected, actual] = [hexOf(expectedHash), hexOf(setHash(set))];
    if (expected === actual) return undefined;
    const message = `the files have the hash ${actual}, not ${expected.slice(0, 128)}: they changed on the way, or the hash is of others`;
    return { kind: "invalid", message };
  }

  /** Compiling takes time from everybody: there is so much of it a second. */
  #haste(set: SchemaSet): Refusal | undefined {
    const { schemaSetBytes, schemaBytesPerSecond } = this.#options.limits();
    const now = this.#options.wallMs();
    const paid = (Math.max(0, now - this.#debtAt) / 1000) * schemaBytesPerSecond;
    const debt = Math.max(0, this.#debtBytes - paid) + setBytes(set);
    if (debt > schemaSetBytes) {
      const seconds = Math.ceil((debt - schemaSetBytes) / schemaBytesPerSecond);
      const message = `schemas come faster than ${schemaBytesPerSecond} bytes a second (schemaBytesPerSecond); try again in ${seconds} s`;
      return { kind: "tooFast", message };
    }
    this.#debtBytes = debt;
    this.#debtAt = now;
    return undefined;
  }

  #fullness(set: SchemaSet): Refusal | undefined {
    const { schemaVersions, schemaRegistryBytes } = this.#options.limits();
    if (this.#versions.length >= schemaVersions) {
      const message = `the registry holds ${this.#versions.length} versions, the most it may (schemaVersions)`;
      return { kind: "full", message };
    }
    const bytes = this.#bytes + setBytes(set);
    if (bytes <= schemaRegistryBytes) return undefined;
    const message = `the registry would hold ${bytes} bytes, it may hold ${schemaRegistryBytes} (schemaRegistryBytes)`;
    return { kind: "full", message };
  }

  async #compile(
    given: SchemaSet,
  ): Promise<{ readonly kind: "model"; readonly model: Model } | Refusal> {
    const set = ordered(given);
    const fault = setFault(set, this.#options.limits()) ?? this.#haste(set);
    if (fault !== undefined) return fault;
    try {
      return await this.#options.compile(set);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { kind: "failed", message: `the schema could not be compiled: ${why}` };
    }
  }

  /** One after the other: each is compared with what the one before it left. */
  async #inTurn<Result>(work: () => Promise<Result>): Promise<Result | Refusal> {
    if (this.#waiting >= WAITING_MAX) {
      return { kind: "full", message: `${WAITING_MAX} pushes wait already; try again` };
    }
    this.#waiting++;
    const turn = this.#last.then(work).finally(() => this.#waiting--);
    this.#last = turn.catch(() => {});
    return turn;
  }
}

function again(version: Version, set: SchemaSet): PushResult {
  if (version.hashText !== hexOf(setHash(set))) return { kind: "taken", version };
  return { kind: "pushed", version, isNew: false, comparison: undefined };
}
