/** What the router's own services must know of the router's life: whether it goes away, and that its services changed. */
import type { Router } from "@nexus-bridge/router-core";

export class Life {
  /** Rises with every change. */
  turn = 0;
  readonly isDraining: () => boolean;
  readonly #waiting = new Set<() => void>();

  constructor(router: Router, isDraining: () => boolean) {
    this.isDraining = isDraining;
    router.watchServices(() => this.advance());
    router.observe({ event: ({ kind }) => kind === "draining" && this.advance() });
  }

  advance(): void {
    this.turn++;
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves once there was a change after `turn`, or at the end of the call that waits. */
  after(turn: number, signal: AbortSignal): Promise<void> {
    if (this.turn !== turn || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake);
    });
  }
}
