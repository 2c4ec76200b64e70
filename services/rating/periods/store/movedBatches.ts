import type { Sql, Transaction } from '#shared/database/database';
import type { MovedBatch } from '../close/movedBatch.ts';

/** Keeps what a batch comes to, and moves the month's cursor behind it. */
export async function insertMovedBatch(
  tx: Transaction,
  { no, batches }: { no: number; batches: number },
  batch: MovedBatch & { eventId: string },
): Promise<void> {
  const { first, last, accounts, bytes, records, eventId } = batch;
  const offerings = [...batch.offerings].map(([offeringId, sum]) => ({
    offeringId,
    lines: sum.lines,
    bytes: String(sum.bytes),
  }));
  await tx.query(
    `insert into moved_batches (period_no, batch, event_id, first_customer, first_line, last_customer, last_line, lines,
       bytes, records, offerings, accounts)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::int[])`,
    [
      ...[no, batches + 1, eventId, first.customer, first.line, last.customer, last.line, accounts.length],
      ...[bytes, records, JSON.stringify(offerings), `{${accounts.join(',')}}`],
    ],
  );
  await tx.query(
    `update periods set moved = moved + $2, moved_bytes = moved_bytes + $3, batches = batches + 1, cursor_customer = $4,
       cursor_line = $5
     where no = $1`,
    [no, accounts.length, bytes, last.customer, last.line],
  );
}

/** A batch as it was handed over: the body of its event. */
export interface KeptBatch {
  batch: number;
  body: Buffer;
}

/** The first batch behind a number that holds lines behind one. */
export async function nextKeptBatch(
  sql: Sql,
  periodNo: number,
  after: number,
  behind: { customer: string; line: string } = { customer: '', line: '' },
): Promise<KeptBatch | undefined> {
  const { rows } = await sql.query<KeptBatch>(
    `select batch, body from moved_batches join outbox on outbox.id = event_id
     where period_no = $1 and batch > $2 and (last_customer, last_line) > ($3, $4) order by batch limit 1`,
    [periodNo, after, behind.customer, behind.line],
  );
  return rows[0];
}

/** The batches that may hold lines, by customer and line. */
export async function batchesHolding(
  sql: Sql,
  periodNo: number,
  lines: readonly { customer: string; line: string }[],
): Promise<KeptBatch[]> {
  const { rows } = await sql.query<KeptBatch>(
    `select batch, body from moved_batches join outbox on outbox.id = event_id
     where period_no = $1 and exists (
       select from unnest($2::text[], $3::text[]) as wanted (customer, line)
       where (customer collate "C", line collate "C") between (first_customer, first_line) and (last_customer, last_line))
     order by batch`,
    [periodNo, lines.map(({ customer }) => customer), lines.map(({ line }) => line)],
  );
  return rows;
}
