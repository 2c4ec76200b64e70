import type { EntryCause, JournalEntry, Ledger, Line } from '../domain/entry.ts';

/** Lines as the database's JSON holds them: amounts as text, because JSON's numbers lose digits. */
export interface LineJson {
  ledger: Ledger;
  account_id: string;
  currency: string;
  amount: string;
}

/** An entry with its lines, as a statement with `entryColumns` and `joinLines` answers. */
export interface EntryRow {
  id: string;
  time: Date;
  cause: EntryCause;
  cause_id: string;
  memo: string;
  account_id: string;
  customer_id: string;
  position: bigint;
  lines: LineJson[] | null;
}

export const entryColumns =
  'entry.id, entry.time, entry.cause, entry.cause_id, entry.memo, entry.account_id, entry.customer_id, entry.position, line.lines';

export const joinLines = `
  cross join lateral (
    select jsonb_agg(jsonb_build_object('ledger', ledger, 'account_id', account_id, 'currency', currency,
      'amount', amount::text) order by position) as lines
    from journal_lines where entry_id = entry.id
  ) as line`;

export function toEntry(row: EntryRow): JournalEntry {
  return {
    id: row.id,
    time: row.time,
    cause: row.cause,
    causeId: row.cause_id,
    memo: row.memo,
    accountId: row.account_id,
    customerId: row.customer_id,
    position: row.position,
    lines: toLines(row.lines ?? []),
  };
}

export function toLines(lines: readonly LineJson[]): Line[] {
  return lines.map(({ ledger, account_id, currency, amount }) => ({
    ledger,
    accountId: account_id,
    currency,
    minor: BigInt(amount),
  }));
}

export function fromLines(lines: readonly Line[]): LineJson[] {
  return lines.map(({ ledger, accountId, currency, minor }) => ({
    ledger,
    account_id: accountId,
    currency,
    amount: String(minor),
  }));
}
