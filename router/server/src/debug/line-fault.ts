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

export const wrong = (key: string, message: string): never => {
  throw new LineFault({ key }, message);
};
