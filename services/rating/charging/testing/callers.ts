import type { Counter } from './counter.ts';

/** Runs three sessions on one balance from their starts to their ends, all at once; from the beginning where it was cut off. */
export async function callAll(counter: Counter): Promise<void> {
  await Promise.all(
    ['one', 'two', 'three'].map(async (session, index) => {
      await counter.start({ session, requested: '50' });
      await counter.update(session, 1, 30, 50);
      await counter.update(session, 2, 60 + index, 50);
      await counter.stop(session, 3, 10);
    }),
  );
}
