import type { Sql } from '#shared/database/database';
import type { EntryCause, Ledger } from '../domain/ledger.ts';

/** A stretch of time: from its start (or the beginning) up to but not including its end. */
export interface Span {
  start: Date | undefined;
  end: Date;
}

/** What moved one ledger in one currency, in minor units; more than one int8 may hold. */
export interface LedgerTotal {
  ledger: Ledger;
  currency: string;
  debit: bigint;
  credit: bigint;
}

export interface LedgerTotals {
  totals: LedgerTotal[];
  entries: bigint;
  /** As `GetLedgerTotalsResponse.digest` in the contract says. */
  digest: bigint;
}

/** A whole entry, as it is compared with another book. */
export interface LedgerEntry {
  id: string;
  time: Date;
  cause: EntryCause;
  causeId: string;
  lines: { ledger: Ledger; accountId: string; currency: string; minor: bigint }[];
}

/** Sums of the entries of a span. One statement, so they are all of the same instant. */
export async function readLedgerTotals(sql: Sql, { start, end }: Span): Promise<LedgerTotals> {
  const { rows } = await sql.query<{
    ledger: Ledger;
    currency: string;
    debit: string;
    credit: string;
    digest: string;
    entries: bigint;
  }>(
    `with entry as materialized (
       select id, concat_ws('|', id, floor(extract(epoch from time) * 1000), cause_kind, cause_id) as head
       from journal_entries where time >= $1 and time < $2
     ), line as (
       select ledger, currency, amount,
         md5(concat_ws('|', head, ledger, coalesce(account_id, ''), currency, amount)) as hash
       from entry join journal_lines on entry_id = id
     )
     select ledger, currency, sum(greatest(amount, 0)) as debit, sum(greatest(-amount, 0)) as credit,
       sum(('x' || left(hash, 16))::bit(64)::bigint) as digest, (select count(*) from entry) as entries
     from line group by ledger, currency order by ledger, currency`,
    [start ?? '-infinity', end],
  );
  return {
    totals: rows.map(({ ledger, currency, debit, credit }) => ({
      ledger,
      currency,
      debit: BigInt(debit),
      credit: BigInt(credit),
    })),
    entries: rows[0]?.entries ?? 0n,
    digest: BigInt.asUintN(
      64,
      rows.reduce((sum, { digest }) => sum + BigInt(digest), 0n),
    ),
  };
}

/** Entries of a span by time and id; only those behind `after`, and only of `ids` where there are any. */
export async function listLedgerEntries(
  sql: Sql,
  { start, end }: Span,
  page: { ids: string[]; after: { time: string; id: string } | undefined; limit: number },
): Promise<{ entry: LedgerEntry; key: string[] }[]> {
  const { rows } = await sql.query<{
    id: string;
    time: Date;
    exact_time: string;
    cause: EntryCause;
    cause_id: string;
    lines: { ledger: Ledger; account_id: string | null; currency: string; amount: string }[];
  }>(
    `select id, time, to_char(time at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as exact_time,
       cause_kind as cause, cause_id, line.lines
     from journal_entries
     cross join lateral (
       select jsonb_agg(jsonb_build_object('ledger', ledger, 'account_id', account_id, 'currency', currency,
         'amount', amount::text) order by position) as lines
       from journal_lines where entry_id = id
     ) as line
     where time >= $1 and time < $2 and (time, id) > ($3, $4)
       and ($5::uuid[] = '{}' or id = any ($5::uuid[]))
     order by time, id limit $6`,
    [
      start ?? '-infinity',
      end,
      page.after?.time ?? '-infinity',
      page.after?.id ?? '00000000-0000-0000-0000-000000000000',
      page.ids,
      page.limit,
    ],
  );
  return rows.map((row) => ({
    entry: {
      id: row.id,
      time: row.time,
      cause: row.cause,
      causeId: row.cause_id,
      lines: row.lines.map(({ ledger, account_id, currency, amount }) => ({
        ledger,
        accountId: account_id ?? '',
        currency,
        minor: BigInt(amount),
      })),
    },
    key: [row.exact_time, row.id],
  }));
}
