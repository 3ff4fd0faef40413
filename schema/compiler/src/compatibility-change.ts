/** One change between two versions of a schema, with its place in the new one. It carries a verdict and decides none. */
import { type ChangeKind, type ChangeVerdict, compatibilityRules } from "./compatibility-rules.ts";
import type { Position } from "./diagnostic.ts";
import type { SchemaFile } from "./model.ts";

export interface Change {
  readonly kind: ChangeKind;
  readonly verdict: ChangeVerdict;
  /** Full name of what changed, for example `orders.v1.Order.id`; the old one of what is gone. */
  readonly path: string;
  /** Where it stands in the new schema, or what it stood in; absent where that whole file is gone. */
  readonly place?: Place;
  /** Where it stood in the old schema; absent for what is new. */
  readonly before?: Place;
  /** What changed, in one sentence, without the place. */
  readonly message: string;
  readonly help?: string;
}

export interface Place {
  /** The import path. */
  readonly file: string;
  readonly position: Position;
}

/** What a place can be taken from: every declaration. */
export interface Located {
  readonly file: SchemaFile;
  readonly position: Position;
}

export interface Where {
  readonly path: string;
  readonly after?: Located | undefined;
  readonly before?: Located | undefined;
}

export function changeOf(kind: ChangeKind, where: Where, message: string): Change {
  const { verdict, help } = compatibilityRules[kind];
  const { path, after, before } = where;
  return {
    kind,
    verdict,
    path,
    ...(after === undefined ? {} : { place: placeOf(after) }),
    ...(before === undefined ? {} : { before: placeOf(before) }),
    message,
    ...(help === undefined ? {} : { help }),
  };
}

function placeOf({ file, position }: Located): Place {
  return { file: file.path, position };
}
