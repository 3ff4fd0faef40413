/** Time as the SDK sees it. Tests hand in their own; nothing else in this package asks the host what time it is. */

export interface Clock {
  /** Milliseconds that only ever grow. */
  now(): number;
  /** Calls `wake` once after `delayMs`. */
  after(delayMs: number, wake: () => void): Alarm;
}

export interface Alarm {
  cancel(): void;
  /** Whether the alarm alone keeps the process alive. */
  hold(alive: boolean): void;
}

interface HostTimer {
  ref?(): void;
  unref?(): void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(delayMs, wake) {
    const handle = setTimeout(wake, delayMs);
    const timer = handle as unknown as HostTimer;
    return {
      cancel: () => clearTimeout(handle),
      hold: (alive) => (alive ? timer.ref?.() : timer.unref?.()),
    };
  },
};
