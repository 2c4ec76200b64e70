import { isSame } from './difference.ts';
import type { BookEntry } from './entry.ts';

/**
 * Ids of the entries that only one of two books has, or that they have differently. Both come by time and id, so one pass
 * that holds an entry of each is enough, however many there are.
 */
export async function* differing(
  some: AsyncIterable<BookEntry>,
  others: AsyncIterable<BookEntry>,
): AsyncGenerator<string> {
  const left = some[Symbol.asyncIterator]();
  const right = others[Symbol.asyncIterator]();
  try {
    let a = await left.next();
    let b = await right.next();
    while (!a.done || !b.done) {
      const order = a.done ? 1 : b.done ? -1 : compare(a.value, b.value);
      if (order < 0 && !a.done) yield a.value.id;
      if (order > 0 && !b.done) yield b.value.id;
      if (order === 0 && !a.done && !b.done && !isSame(a.value, b.value)) yield a.value.id;
      // Both are asked for their next entry only where both were used up.
      if (order <= 0) a = await left.next();
      if (order >= 0) b = await right.next();
    }
  } finally {
    await left.return?.();
    await right.return?.();
  }
}

function compare(a: BookEntry, b: BookEntry): number {
  const byTime = a.time.getTime() - b.time.getTime();
  if (byTime !== 0) return byTime;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
