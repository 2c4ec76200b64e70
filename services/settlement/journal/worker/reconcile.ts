import { Fault } from '#shared/errors/fault';
import { sleep } from '#shared/process/background';
import { moveComparedTo } from '../store/comparison.ts';
import { mendKeptSums } from '../store/keptSums.ts';
import { compare } from './compare.ts';
import { alone, beginning, type Comparison } from './comparison.ts';
import { lookAgain } from './look.ts';

const againAfterMs = 200;

/**
 * Compares everything from the beginning up to now. What disagrees and may still be under way is looked at again until it agrees or is
 * too old for that, or until `until`: what is young even then is left to the worker. The sums by day are held to the journal, too.
 */
export async function reconcile(
  comparison: Comparison,
  { signal, until }: { signal?: AbortSignal; until: Date },
): Promise<void> {
  const { books } = comparison;
  const done = await alone(books, 'journal-reconciliation', false, () =>
    alone(books, 'journal-comparison', true, () => compareAll(comparison, until, signal)),
  );
  if (!done) {
    throw new Fault('RECONCILIATION_IN_PROGRESS', { message: 'the journal is being compared with billing already' });
  }
}

async function compareAll({ books, horizon, log }: Comparison, until: Date, signal?: AbortSignal): Promise<void> {
  const began = books.now();
  const end = new Date(began.getTime() + 1);
  let start = await beginning(books);
  while (start && start < end) {
    const young = await compare(books, { start, end }, await horizon(), { signal });
    start = young;
    if (signal?.aborted || !young || Date.now() >= until.getTime()) break;
    await sleep(againAfterMs, signal);
  }
  if (signal?.aborted) return;
  await moveComparedTo(books.database, start ?? end);
  await lookAgain(books, began, signal);
  const mended = await mendKeptSums(books.database);
  if (mended.length > 0) log.error({ days: mended }, 'sums of the journal did not follow from it; they were made anew');
}
