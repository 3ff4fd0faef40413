/**
 * What the core asks of whoever knows schemas: how well two types understand each other, told by their fingerprints. The core
 * itself reads no schema.
 */

/** From harmless to grave; `unknown` where a fingerprint belongs to no schema that was pushed. */
export type SchemaVerdict = "identical" | "compatible" | "lossy" | "breaking" | "unknown";

export interface SchemaJudgement {
  readonly verdict: SchemaVerdict;
  /** The gravest change, with the full name of the field it is about; empty where there is none. */
  readonly message: string;
}

export interface SchemaJudge {
  /** Asked where a link uses a method or topic for the first time; answers from memory. */
  judge(before: bigint, after: bigint): SchemaJudgement;
}
