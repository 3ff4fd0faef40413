/** What a load script says in the end: figures, and the claims that they bear out or do not. */

export interface Claim {
  readonly claim: string;
  readonly measured: string;
  readonly holds: boolean;
}

export interface Report {
  /** What was measured, a row each; their keys name the units. */
  readonly rows: readonly Readonly<Record<string, string | number>>[];
  readonly claims: readonly Claim[];
}

export interface LoadOptions {
  /** A short run, which shows that the script works. */
  readonly isQuick: boolean;
  /** How many links, where that is a matter of choice. */
  readonly links: number | undefined;
}

/** Puts its load on processes of its own, and ends them. */
export type LoadScript = (options: LoadOptions) => Promise<Report>;

/** The claim that a figure is at most so large; none is what could not be measured. */
export function atMost(what: string, measured: number, bound: number, unit = ""): Claim {
  return {
    claim: `${what}: at most ${withUnit(bound, unit)}`,
    measured: withUnit(measured, unit),
    holds: measured <= bound,
  };
}

export function atLeast(what: string, measured: number, bound: number, unit = ""): Claim {
  return {
    claim: `${what}: at least ${withUnit(bound, unit)}`,
    measured: withUnit(measured, unit),
    holds: measured >= bound,
  };
}

export const none = (what: string, measured: number): Claim => ({
  claim: `${what}: none`,
  measured: String(measured),
  holds: measured === 0,
});

/** Two places: more is noise in a table. */
export const rounded = (value: number): number => Math.round(value * 100) / 100;

const withUnit = (value: number, unit: string): string =>
  `${rounded(value)}${unit === "" ? "" : ` ${unit}`}`;
