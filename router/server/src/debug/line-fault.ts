/** What is wrong with a line that a person wrote: where, and what to write instead. It costs the line, not the link. */

export interface LinePlace {
  /** The key of the object that is wrong, for example `p.pattern`. */
  readonly key?: string;
  /** Where the line stops being JSON, from 1. */
  readonly column?: number;
}

export class LineFault extends Error {
  readonly place: LinePlace;

  constructor(place: LinePlace, message: string) {
    super(message);
    this.name = "LineFault";
    this.place = place;
  }
}

/** What a codec says of the value in `p`: it calls that `$`, a line calls it `p`. */
export function payloadFault(error: unknown): LineFault {
  const message = error instanceof Error ? error.message : String(error);
  const [, path, rest] = /^\$([^:]*): (.*)$/s.exec(message) ?? [];
  return new LineFault({ key: `p${path ?? ""}` }, rest ?? message);
}

export const wrong = (key: string, message: string): never => {
  throw new LineFault({ key }, message);
};
