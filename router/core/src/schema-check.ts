/**
 * Whether two peers' types fit, where a link uses a method for the first time. Equal fingerprints cost nothing; what is breaking is
 * refused, what is lossy or unknown is counted and said once a pair. Schemas themselves are read elsewhere.
 */
import { Code, Reason } from "@nexus-bridge/protocol";
import type { Core } from "./core.ts";
import type { Frame } from "./frame.ts";
import type { Link } from "./link.ts";
import { metaFields } from "./meta-check.ts";
import type { BoundName } from "./names.ts";
import type { MethodOffer, MethodRoute } from "./resolve/services.ts";
import type { SchemaJudge } from "./schema-judge.ts";
import type { TopicTypes } from "./topics/topic-types.ts";

/** Why a peer's schema is refused. */
export interface Mismatch {
  readonly code: Code;
  readonly reason?: Reason;
  readonly message: string;
}

/** Pairs that are said; further ones are only counted. */
const TOLD_MAX = 1000;

/** What the checks of one router share. */
export class SchemaChecks {
  /** Absent: nobody knows schemas, and nothing is compared. */
  readonly judge: SchemaJudge | undefined;
  readonly topics: TopicTypes = new Map();
  readonly #told = new Set<string>();

  constructor(judge: SchemaJudge | undefined) {
    this.judge = judge;
  }

  /** Calls `tell` once a pair. */
  say(pair: string, tell: () => void): void {
    if (this.#told.size >= TOLD_MAX || this.#told.has(pair)) return;
    this.#told.add(pair);
    tell();
  }

  /** The judge knows more than before. */
  forgetTold(): void {
    this.#told.clear();
  }
}

const mismatch = (message: string): Mismatch => ({
  code: Code.FAILED_PRECONDITION,
  reason: Reason.SCHEMA_MISMATCH,
  message,
});

/** Why an instance may not join those that serve `service` already. */
export function providerMismatch(
  core: Core,
  link: Link,
  service: string,
  methods: readonly MethodOffer[],
): Mismatch | undefined {
  for (const offer of methods) {
    const route = core.services.method(`${service}/${offer.name}`);
    if (route === undefined || route.types.some((known) => isSame(known, offer))) continue;
    const { schemaFingerprintsPerMethod: most } = core.limits;
    if (route.types.length >= most) {
      const message = `instances of ${service} serve ${route.name} with ${most} different types already, the most they may (schemaFingerprintsPerMethod)`;
      return { code: Code.RESOURCE_EXHAUSTED, message };
    }
    for (const known of route.types) {
      const found =
        differ(core, link, route.name, "request", known.request, offer.requestFingerprint) ??
        differ(core, link, route.name, "response", known.response, offer.responseFingerprint);
      if (found === undefined) continue;
      return mismatch(
        `${route.name}: the ${found.side} does not fit the instances that serve it: ${found.message}; stop them, or serve a schema that is compatible`,
      );
    }
  }
  return undefined;
}

const isSame = (known: MethodTypes, offer: MethodOffer): boolean =>
  known.request === offer.requestFingerprint && known.response === offer.responseFingerprint;

type MethodTypes = MethodRoute["types"][number];

/** The fingerprint in the meta block checked last; 0 where there is none. */
export function fingerprintOf(frame: Frame): bigint {
  const { fingerprintStart } = metaFields;
  return fingerprintStart === 0 ? 0n : frame.view.getBigUint64(fingerprintStart);
}

/** Why a caller whose requests have the type of `fingerprint` may not call `method`. */
export function callerMismatch(
  core: Core,
  link: Link,
  method: MethodRoute,
  fingerprint: bigint,
): Mismatch | undefined {
  for (const { request } of method.types) {
    const found = differ(core, link, method.name, "request", request, fingerprint);
    if (found === undefined) continue;
    return mismatch(
      `${method.name}: the caller's request does not fit its provider: ${found.message}; generate the adapter from the provider's schema`,
    );
  }
  return undefined;
}

/** Keeps with the alias whether its calls fit; asked again when providers or schemas change. */
export function checkBound(core: Core, link: Link, bound: BoundName): void {
  const { method, fingerprint } = bound;
  const isAsked = method !== undefined && fingerprint !== 0n;
  bound.mismatch = isAsked ? callerMismatch(core, link, method, fingerprint) : undefined;
}

interface Difference {
  readonly side: string;
  readonly message: string;
}

/** What breaks between two types; undefined where they may talk. */
function differ(
  core: Core,
  link: Link,
  name: string,
  side: string,
  before: bigint,
  after: bigint,
): Difference | undefined {
  const { judge } = core.schemas;
  if (judge === undefined || before === after || before === 0n || after === 0n) return undefined;
  const { verdict, message } = judge.judge(before, after);
  switch (verdict) {
    case "identical":
    case "compatible":
      return undefined;
    case "breaking":
      return { side, message };
    case "lossy":
      core.counters.schemaLossy++;
      break;
    case "unknown":
      core.counters.schemaUnknown++;
      break;
    default:
      return verdict satisfies never;
  }
  core.schemas.say(`${before} ${after}`, () =>
    core.emit({ kind: "schemaDiffers", link: link.id, what: `${name} ${side}`, verdict, message }),
  );
  return undefined;
}
