import { copyOut, literal } from '#shared/database/copyOut';
import type { Transaction } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import type { LineKey, MovedBatch } from '../moved/movedBatch.ts';
import type { BusinessMonth } from './movedLines.ts';

/** An event holds no more. */
const mostBytes = 1_000_000;

/** Keeps a batch as it came. One that is there already breaks the primary key; one that reaches into another is refused. */
export async function insertMovedBatch(tx: Transaction, batch: MovedBatch): Promise<void> {
  const { business, period, batch: no, first, last } = batch;
  const { rows } = await tx.query<{ batch: number }>(
    `select batch from moved_batches where business = $1 and period = $2
       and ((batch < $3 and (last_customer, last_line) >= ($4, $5)) or (batch > $3 and (first_customer, first_line) <= ($6, $7)))
     limit 1`,
    [business, period, no, first.customer, first.line, last.customer, last.line],
  );
  const [other] = rows;
  if (other) {
    throw new Fault('EVENT_MALFORMED', {
      message: `batches ${no} and ${other.batch} of ${business} ${period} overlap`,
    });
  }
  await keepBatch(tx, batch);
}

export async function keepBatch(tx: Transaction, batch: MovedBatch): Promise<void> {
  const { business, period, first, last, lines, body } = batch;
  await tx.query(
    `insert into moved_batches
       (business, period, batch, first_customer, first_line, last_customer, last_line, lines, body)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      ...[business, period, batch.batch, first.customer, first.line, last.customer, last.line, lines],
      Buffer.from(body.buffer, body.byteOffset, body.length),
    ],
  );
}

/** A batch that is to be invoiced. */
export interface KeptBatch {
  batch: number;
  lines: number;
  first: LineKey;
  last: LineKey;
  body: Uint8Array;
}

/** The next batch behind a number. */
export async function nextMovedBatch(
  tx: Transaction,
  { business, period }: BusinessMonth,
  after: number,
): Promise<KeptBatch | undefined> {
  const rows = await copyOut(
    tx,
    `select batch, lines, first_customer, first_line, last_customer, last_line, body from moved_batches
     where business = ${literal(business)} and period = ${literal(period)} and batch > ${Math.trunc(after)}
     order by batch limit 1`,
    mostBytes,
  );
  if (!rows.row()) return undefined;
  return {
    batch: rows.int(),
    lines: rows.int(),
    first: { customer: rows.text(), line: rows.text() },
    last: { customer: rows.text(), line: rows.text() },
    body: rows.slice(),
  };
}
