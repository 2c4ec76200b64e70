import type pg from 'pg';

/** A transaction, as far as it matters here. */
interface Open {
  readonly client: pg.PoolClient;
}

const waiting = new WeakMap<Open, (() => void)[]>();

/**
 * Calls back once the transaction has committed, and never if it is rolled back: for counting what has happened. A process that dies in between
 * does not call, so nothing that matters may hang on it. It must not throw.
 */
export function whenCommitted(tx: Open, callback: () => void): void {
  const callbacks = waiting.get(tx);
  if (callbacks) callbacks.push(callback);
  else waiting.set(tx, [callback]);
}

export function runCommitted(tx: Open): void {
  for (const callback of waiting.get(tx) ?? []) callback();
}
