import { create, toBinary } from '@bufbuild/protobuf';
import { UsageMovedSchema } from '#proto/rating/v1/events';
import type { Transaction } from '#shared/database/database';
import type { Quantities } from '../domain/portion.ts';
import { lineMonthToProto } from '../moved/lineMonthToProto.ts';
import { readUsageMoved } from '../moved/movedBatch.ts';
import type { BillRun } from './billRuns.ts';
import { keepBatch } from './movedBatches.ts';
import { portionsFromJson } from './portions.ts';

const mostLines = 2_000;

interface Row {
  line_id: string;
  customer_id: string;
  totals: Quantities;
  records: bigint;
  portions: unknown;
}

/**
 * Brings lines that came one by one, in the order of their ids, into a batch of whole customers, as a run takes them. Those that an invoice has already stay as
 * they are: their invoices are explained by them. So do lines without a charge account.
 */
export async function packMovedLines(tx: Transaction, run: BillRun): Promise<'more' | 'done'> {
  const { business, period } = run;
  const { rows } = await tx.query<Row>(
    `select moved.line_id, line.customer_id, moved.totals, moved.records, moved.portions
     from bill_runs as run
     join moved_lines as moved on moved.business = run.business and moved.period = run.period
       and (moved.account_id, moved.line_id) > (run.cursor_account, run.cursor_line)
     join charge_accounts as line on line.line_id = moved.line_id
     where run.id = $1
     order by line.customer_id collate "C", moved.line_id collate "C" limit $2`,
    [run.id, mostLines + 1],
  );
  const lines = wholeCustomers(rows);
  if (lines.length === 0) return 'done';
  const event = create(UsageMovedSchema, {
    ...{ periodId: run.id, business, period, batch: await nextBatch(tx, run) },
    lines: lines.map(({ customer_id, portions, ...row }) => {
      const line = { lineId: row.line_id, totals: row.totals, records: row.records };
      return { ...lineMonthToProto(line, portionsFromJson(portions)), customerId: customer_id };
    }),
  });
  const batch = readUsageMoved(toBinary(UsageMovedSchema, event));
  if (!('body' in batch)) throw new Error('unreachable: the batch has a number');
  await keepBatch(tx, batch);
  await tx.query('delete from moved_lines where business = $1 and period = $2 and line_id = any($3)', [
    business,
    period,
    lines.map(({ line_id }) => line_id),
  ]);
  return rows.length > mostLines ? 'more' : 'done';
}

/** With more to come the last customer may be incomplete, and is left for the next batch, unless it fills the whole batch. */
function wholeCustomers(rows: readonly Row[]): readonly Row[] {
  if (rows.length <= mostLines) return rows;
  const last = rows.at(-1)?.customer_id;
  const whole = rows.slice(0, mostLines).filter(({ customer_id }) => customer_id !== last);
  return whole.length > 0 ? whole : rows.slice(0, mostLines);
}

async function nextBatch(tx: Transaction, { business, period }: BillRun): Promise<number> {
  const { rows } = await tx.query<{ next: number }>(
    'select coalesce(max(batch), 0) + 1 as next from moved_batches where business = $1 and period = $2',
    [business, period],
  );
  return rows[0]?.next ?? 1;
}
