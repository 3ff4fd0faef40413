/** `nexus.router.v1.Registry`: the registry as an RPC service. It translates; what is taken is decided in the registry. */
import type { CodeName, ReasonName } from "@nexus-bridge/protocol";
import type { Change, Comparison, Verdict as VerdictWord } from "@nexus-bridge/schema";
import { NexusError, Timestamp } from "@nexus-bridge/sdk";
import {
  type GetResponseInit,
  type PushResponseInit,
  type RegistryHandler,
  SchemaBreakingError,
  type SchemaChangeInit,
  SchemaInvalidError,
  SchemaNotFoundError,
  Verdict,
  type VersionInfoInit,
  VersionTakenError,
} from "./gen/schema/nexus/router/v1/registry.ts";
import type { PushResult, Refusal, Registry } from "./registry.ts";
import type { SchemaSet } from "./schema-set.ts";
import type { Version } from "./version.ts";

/** What one answer tells of a comparison; the count of the others is in its last line. */
const CHANGES_MAX = 100;
const TEXT_CHARACTERS_MAX = 1000;
const NAMES_MAX = 1000;

type SetInit = { readonly files?: SchemaSet["files"]; readonly inputs?: readonly string[] };

/** Handlers over `registry`; without `allowPush` it is only read. */
export function registryHandler(registry: Registry, allowPush: boolean): RegistryHandler {
  return {
    async push({ subject, version, schema, expectedHash, allowBreaking }) {
      if (!allowPush) throw pushOff();
      const result = await registry.push({
        subject,
        version,
        set: setOf(schema),
        allowBreaking,
        ...(expectedHash.length > 0 && { expectedHash }),
      });
      return pushed(result);
    },
    get: ({ subject, version }) =>
      found(registry.get(subject, version === "" ? undefined : version), `${subject} ${version}`),
    find: ({ name, topic }) =>
      topic === "" ? found(registry.find(name), name) : found(registry.findTopic(topic), topic),
    list: ({ subject }) => ({
      versions: registry.versions
        .filter((each) => subject === "" || each.subject === subject)
        .map(infoOf),
    }),
    async check({ subject, version, schema }) {
      const named = version === "" ? undefined : version;
      const result = await registry.check(subject, named, setOf(schema));
      switch (result.kind) {
        case "checked": {
          const { comparison, hash } = result;
          return { verdict: verdicts[comparison.verdict], changes: changesOf(comparison), hash };
        }
        case "notFound":
          throw notFound(`${subject} ${version}`);
        default:
          throw refusal(result);
      }
    },
  };
}

const pushOff = (): NexusError =>
  new NexusError({
    code: "PERMISSION_DENIED",
    message: "this router takes no pushes (registry.push is false); name the files in `schemas`",
  });

function setOf(schema: SetInit | undefined): SchemaSet {
  return { files: schema?.files ?? [], inputs: schema?.inputs ?? [] };
}

function pushed(result: PushResult): PushResponseInit {
  switch (result.kind) {
    case "pushed": {
      const { version, isNew, comparison } = result;
      const changes = comparison === undefined ? [] : changesOf(comparison);
      return { version: infoOf(version), created: isNew, changes };
    }
    case "breaking": {
      const { against, comparison } = result;
      const changes = changesOf(comparison, ["breaking"]);
      const message = `the schema breaks peers of ${against.subject} ${against.version}: ${firstOf(changes)}; keep the old form, push it as another subject, or allow it (allow_breaking)`;
      const error = SchemaBreakingError.create({ against: infoOf(against), changes }, { message });
      return raise(error, "SCHEMA_MISMATCH");
    }
    case "taken": {
      const { version } = result;
      const message = `${version.subject} ${version.version} is there with other files, and versions never change; push the next version`;
      throw VersionTakenError.create({ version: infoOf(version) }, { message });
    }
    default:
      throw refusal(result);
  }
}

const firstOf = ([first]: readonly SchemaChangeInit[]): string =>
  first === undefined ? "see the changes" : `${first.path}: ${first.message}`;

/** A schema error says nothing of reasons; this one has one on the wire. */
function raise(error: NexusError, reason: ReasonName): never {
  const { code, message, details, detail, retryable } = error;
  throw new NexusError({ code, message, reason, details, detail, retryable });
}

const codes = {
  invalid: "INVALID_ARGUMENT",
  tooLarge: "INVALID_ARGUMENT",
  tooFast: "RESOURCE_EXHAUSTED",
  full: "RESOURCE_EXHAUSTED",
  failed: "INTERNAL",
} as const satisfies Readonly<Record<string, CodeName>>;

function refusal(result: Refusal): NexusError {
  if (result.kind === "problems") {
    const problems = result.problems.map(cut);
    const message = `the schema has problems:\n${problems.slice(0, 5).join("\n")}`;
    return SchemaInvalidError.create({ problems }, { message });
  }
  return new NexusError({
    code: codes[result.kind],
    message: result.message,
    ...(result.kind === "tooLarge" && { reason: "TOO_LARGE" as const }),
    ...(result.kind === "tooFast" && { reason: "RATE_LIMITED" as const }),
  });
}

function found(version: Version | undefined, name: string): GetResponseInit {
  if (version === undefined) throw notFound(name);
  return { version: infoOf(version), schema: version.set };
}

function notFound(name: string): NexusError {
  const shown = cut(name.trim());
  const message = `the registry has no "${shown}"; "nexus schema list" shows what it has`;
  return SchemaNotFoundError.create({ name: shown }, { message });
}

const verdicts: Readonly<Record<VerdictWord, Verdict>> = {
  identical: Verdict.IDENTICAL,
  compatible: Verdict.COMPATIBLE,
  lossy: Verdict.LOSSY,
  breaking: Verdict.BREAKING,
};

function infoOf(version: Version): VersionInfoInit {
  const { subject, hash, set, bytes, verdict, allowedBreaking, model } = version;
  const own = [...model.services.values()].filter(({ file }) => file.isInput);
  const topics = [...model.messages.values()].flatMap(({ topic, file }) =>
    topic !== undefined && file.isInput ? [topic.template] : [],
  );
  return {
    subject,
    version: version.version,
    hash,
    pushedAt: Timestamp.fromDate(new Date(version.pushedAtMs)),
    files: set.files.length,
    bytes,
    allowedBreaking,
    services: own.slice(0, NAMES_MAX).map(({ fullName }) => fullName),
    topics: topics.slice(0, NAMES_MAX),
    ...(verdict !== undefined && { verdict: verdicts[verdict] }),
  };
}

/** The gravest first. */
function changesOf(
  { changes }: Comparison,
  wanted: readonly Change["verdict"][] = ["breaking", "lossy"],
): readonly SchemaChangeInit[] {
  const shown = wanted.flatMap((verdict) => changes.filter((each) => each.verdict === verdict));
  return shown.slice(0, CHANGES_MAX).map(changeOf);
}

function changeOf({ verdict, path, message, place, help, kind }: Change): SchemaChangeInit {
  return {
    verdict: verdicts[verdict],
    path: cut(path),
    message: cut(message),
    kind,
    ...(place && { place: `${place.file}:${place.position.line}:${place.position.column}` }),
    ...(help !== undefined && { help }),
  };
}

const cut = (text: string): string =>
  text.length > TEXT_CHARACTERS_MAX ? `${text.slice(0, TEXT_CHARACTERS_MAX)}...` : text;

/** What an audit writes down of a push. */
export interface PushSeen {
  readonly subject: string;
  readonly version: string;
  /** SHA-256 of the files, in hexadecimal. */
  readonly hash: string;
  readonly bytes: number;
  /** Against the version before it, or `first`. */
  readonly verdict: VerdictWord | "first";
}

export function pushSeen({ subject, version, hashText, bytes, verdict }: Version): PushSeen {
  return { subject, version, hash: hashText, bytes, verdict: verdict ?? "first" };
}
