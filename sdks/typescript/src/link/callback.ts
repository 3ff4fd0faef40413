/** Calls a function of the program whose failure must not reach the frames at hand: it becomes an uncaught error of the host. */
export function calledBack<T>(callback: (value: T) => void, value: T): void {
  try {
    callback(value);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
