/** How far a run is: one line that is written anew on a terminal, and nothing where nobody looks. */
const REDRAWN_MS = 100;

export interface Progress {
  begin(who: string, cases: number): void;
  played(passed: boolean): void;
  /** Takes the line away, so that others can be written. */
  clear(): void;
}

export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const ERASED = "\r\u001b[K";

export function progressOn(screen: Screen, now: () => number = () => performance.now()): Progress {
  if (screen.isTTY !== true) return { begin: () => {}, played: () => {}, clear: () => {} };
  let who = "";
  let counts = { of: 0, played: 0, failed: 0 };
  let drawnAt = Number.NEGATIVE_INFINITY;
  const draw = (): void => {
    drawnAt = now();
    const failed = counts.failed > 0 ? `, ${counts.failed} not passed` : "";
    screen.write(`${ERASED}${who}: ${counts.played} of ${counts.of}${failed}`);
  };
  return {
    begin: (name, cases) => {
      who = name;
      counts = { of: cases, played: 0, failed: 0 };
      draw();
    },
    played: (passed) => {
      counts.played += 1;
      if (!passed) counts.failed += 1;
      if (now() - drawnAt >= REDRAWN_MS) draw();
    },
    clear: () => {
      screen.write(ERASED);
      drawnAt = Number.NEGATIVE_INFINITY;
    },
  };
}
