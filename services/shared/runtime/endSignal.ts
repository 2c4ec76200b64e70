import { constants } from 'node:os';

/**
 * The signal to end. A process that has not begun ends at once: it has nothing to drain. As a container's first process it would otherwise not hear a signal
 * that it does not handle, and a pod that waits for its database would be waited for until it is killed.
 */
export function endSignal() {
  let hasBegun = false;
  const signal = new Promise<NodeJS.Signals>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) {
      process.once(name, () => {
        if (!hasBegun) process.exit(128 + constants.signals[name]);
        resolve(name);
      });
    }
  });
  return {
    signal,
    begun() {
      hasBegun = true;
    },
  };
}
