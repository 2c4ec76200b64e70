import type { Sql } from '#shared/database/database';
import { amountText } from '#shared/money/money';
import type { Ledger } from '../domain/entry.ts';
import type { Span } from '../domain/span.ts';
import type { BookTotals } from '../domain/totals.ts';

/**
 * Totals of the entries of a span, out of the lines themselves: sums that are kept could not show that a line was tampered with.
 * The digest is the one that billing's contract describes.
 */
export async function readTotals(sql: Sql, { start, end }: Span): Promise<BookTotals> {
  const { rows } = await sql.query<{
    ledger: Ledger;
    currency: string;
    debit: string;
    credit: string;
    digest: string;
  }>(
    `with line as (
       select ledger, currency, amount, md5(concat_ws('|', id, floor(extract(epoch from time) * 1000), cause, cause_id,
         ledger, line.account_id, currency, amount)) as hash
       from journal_entries join journal_lines as line on entry_id = id where time >= $1 and time < $2
     )
     select ledger, currency, sum(greatest(amount, 0)) as debit, sum(greatest(-amount, 0)) as credit,
       sum(('x' || left(hash, 16))::bit(64)::bigint) as digest
     from line group by ledger, currency`,
    [start, end],
  );
  const counted = await sql.query<{ entries: bigint }>(
    'select count(*) as entries from journal_entries where time >= $1 and time < $2',
    [start, end],
  );
  const digest = rows.reduce((sum, row) => sum + BigInt(row.digest), 0n);
  return {
    entries: counted.rows[0]?.entries ?? 0n,
    digest: BigInt.asUintN(64, digest),
    sums: rows.map(({ ledger, currency, debit, credit }) => ({
      ledger,
      currency,
      debit: amountText({ currency, minor: BigInt(debit) }),
      credit: amountText({ currency, minor: BigInt(credit) }),
    })),
  };
}
