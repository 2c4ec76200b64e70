import type { BookEntry, Line } from './entry.ts';

export type DifferenceKind = 'MISSING' | 'UNKNOWN' | 'CHANGED' | 'OUT_OF_ORDER';

/** What is wrong with an entry. */
export interface Difference {
  entryId: string;
  kind: DifferenceKind;
  /** Lines as each book has them; none where it has no such entry. */
  billing: Line[];
  settlement: Line[];
}

/** How two books disagree about the entry of one id; undefined if they do not. */
export function differenceOf(
  billing: BookEntry | undefined,
  settlement: BookEntry | undefined,
): Difference | undefined {
  const entryId = (billing ?? settlement)?.id ?? '';
  const lines = { billing: billing?.lines ?? [], settlement: settlement?.lines ?? [] };
  if (billing && !settlement) return { entryId, kind: 'MISSING', ...lines };
  if (settlement && !billing) return { entryId, kind: 'UNKNOWN', ...lines };
  if (billing && settlement && !isSame(billing, settlement)) return { entryId, kind: 'CHANGED', ...lines };
  return undefined;
}

/** Whether both say the same. The order of lines says nothing. */
export function isSame(a: BookEntry, b: BookEntry): boolean {
  return a.id === b.id && contentOf(a) === contentOf(b);
}

function contentOf({ time, cause, causeId, lines }: BookEntry): string {
  const texts = lines.map(({ ledger, accountId, currency, minor }) => [ledger, accountId, currency, String(minor)]);
  return JSON.stringify([time.getTime(), cause, causeId, texts.map((text) => JSON.stringify(text)).sort()]);
}
