/** A version of a subject as the registry holds it: immutable from the moment it is there. */
import type { Model, Verdict } from "@nexus-bridge/schema";
import { hexOf, type SchemaSet, setBytes, setHash } from "./schema-set.ts";

export interface Version {
  readonly subject: string;
  readonly version: string;
  readonly set: SchemaSet;
  readonly hash: Uint8Array;
  /** The hash as text, to compare. */
  readonly hashText: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly pushedAtMs: number;
  /** Against the version before it; undefined for a first one. */
  readonly verdict: Verdict | undefined;
  readonly allowedBreaking: boolean;
  readonly model: Model;
}

export type VersionInit = Omit<Version, "hash" | "hashText" | "bytes">;

export function createVersion(init: VersionInit): Version {
  const hash = setHash(init.set);
  return { ...init, hash, hashText: hexOf(hash), bytes: setBytes(init.set) };
}

const NAME_MAX = 100;

export function subjectProblem(subject: string): string | undefined {
  if (subject.length <= NAME_MAX && /^[a-z0-9][a-z0-9._-]*$/.test(subject)) return undefined;
  return `"${subject.slice(0, NAME_MAX)}" is no subject: write small letters, digits, ".", "_" and "-", at most ${NAME_MAX}, as in orders`;
}

export function versionProblem(version: string): string | undefined {
  if (version.length <= NAME_MAX && /^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(version)) return undefined;
  return `"${version.slice(0, NAME_MAX)}" is no version: write letters, digits, ".", "_", "+" and "-", at most ${NAME_MAX}, as in 1.2.0`;
}
