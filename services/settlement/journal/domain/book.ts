import type { BookEntry } from './entry.ts';
import type { Span } from './span.ts';
import type { BookTotals } from './totals.ts';

/** A journal that can be compared with another one: settlement's own, or billing's. */
export interface Book {
  /** When its first entry was posted; undefined if it has none. */
  first(): Promise<Date | undefined>;
  totals(span: Span): Promise<BookTotals>;
  /** By time and id, fetched page by page. */
  entries(span: Span): AsyncIterable<BookEntry>;
  byId(ids: readonly string[]): Promise<ReadonlyMap<string, BookEntry>>;
}
