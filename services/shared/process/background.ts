/** Waits, but no longer than until the signal is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}

/** Back-off that doubles from `first` to `most` milliseconds, with a fifth of jitter so that many do not retry in step. */
export function backOff(attempt: number, first = 100, most = 30_000): number {
  const delay = Math.min(most, first * 2 ** Math.min(attempt - 1, 20));
  return Math.round(delay * (0.8 + Math.random() * 0.4));
}
