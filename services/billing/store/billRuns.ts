import type { Sql, Transaction } from '#shared/database/database';
import { int64 } from '#shared/int64';

export interface BillRun {
  id: string;
  business: string;
  period: string;
  state: 'WAITING' | 'INVOICING' | 'COMPLETED';
  /** The last batch that is invoiced. */
  cursorBatch: number;
  /** Whether all batches are there. */
  handedOver: boolean;
  createTime: Date;
}

const columns = `id, business, period, state, cursor_batch as "cursorBatch", handed_over as "handedOver",
  create_time as "createTime"`;

/** Notified when there is a bill run to do. */
export const billRunChannel = 'bill_run';

/** Makes sure that the month's run is under way: a batch of it is there. */
export async function beginBillRun(
  tx: Transaction,
  run: { id: string; business: string; period: string; createTime: Date },
): Promise<void> {
  await tx.query(
    `insert into bill_runs (id, business, period, state, expected_lines, handed_over, create_time)
     values ($1, $2, $3, 'INVOICING', 0, false, $4) on conflict do nothing`,
    [run.id, run.business, run.period, run.createTime],
  );
  await tx.query(`select pg_notify('${billRunChannel}', '')`);
}

/** Everything of the month is there: its run comes to an end behind that. Said again, it changes nothing. */
export async function closeBillRun(
  tx: Transaction,
  run: { id: string; business: string; period: string; expectedLines: bigint; createTime: Date },
): Promise<void> {
  await tx.query(
    `insert into bill_runs (id, business, period, state, expected_lines, create_time)
     values ($1, $2, $3, 'WAITING', $4, $5)
     on conflict (id) do update set state = 'WAITING', expected_lines = excluded.expected_lines, handed_over = true
     where not bill_runs.handed_over`,
    [run.id, run.business, run.period, run.expectedLines, run.createTime],
  );
  await tx.query(`select pg_notify('${billRunChannel}', '')`);
}

export async function openBillRuns(sql: Sql): Promise<string[]> {
  const { rows } = await sql.query(`select id from bill_runs where state <> 'COMPLETED' order by create_time`);
  return rows.map(({ id }) => id);
}

/** Locks the run; undefined if another process holds it. */
export async function lockBillRun(tx: Transaction, id: string): Promise<BillRun | undefined> {
  const { rows } = await tx.query<BillRun>(
    `select ${columns} from bill_runs where id = $1 for no key update skip locked`,
    [id],
  );
  return rows[0];
}

export async function beginInvoicing(tx: Transaction, id: string): Promise<void> {
  await tx.query(`update bill_runs set state = 'INVOICING' where id = $1`, [id]);
}

/** Moves the run behind a batch of so many lines. */
export async function moveCursor(
  tx: Transaction,
  id: string,
  { batch, lines }: { batch: number; lines: number },
): Promise<void> {
  await tx.query('update bill_runs set cursor_batch = $2, passed_lines = passed_lines + $3 where id = $1', [
    id,
    batch,
    lines,
  ]);
}

export async function completeBillRun(tx: Transaction, id: string, completeTime: Date): Promise<void> {
  await tx.query(`update bill_runs set state = 'COMPLETED', complete_time = $2 where id = $1`, [id, completeTime]);
}

export interface BillRunSums {
  invoices: bigint;
  lines: bigint;
  usageBytes: bigint;
  totals: { currency: string; subtotal: bigint; tax: bigint; total: bigint }[];
}

/** What the run has invoiced, summed up from the invoices themselves. */
export async function sumBillRun(sql: Sql, id: string): Promise<BillRunSums> {
  const { rows } = await sql.query(
    `select currency, count(*) as invoices, sum(subtotal)::bigint as subtotal, sum(tax)::bigint as tax,
       sum(total)::bigint as total, sum(service_lines) as lines, sum(usage_bytes)::text as bytes
     from invoices where bill_run_id = $1 group by currency order by currency`,
    [id],
  );
  return {
    invoices: rows.reduce((sum, { invoices }) => sum + invoices, 0n),
    lines: rows.reduce((sum, { lines }) => sum + lines, 0n),
    usageBytes: int64(rows.reduce((sum, { bytes }) => sum + BigInt(bytes), 0n)),
    totals: rows.map(({ currency, subtotal, tax, total }) => ({ currency, subtotal, tax, total })),
  };
}

type RunOf = { business: string; period: string };

/** A month's run, if it has begun. */
export async function readBillRunOf(
  sql: Sql,
  { business, period }: RunOf,
): Promise<Pick<BillRun, 'id' | 'state'> | undefined> {
  const { rows } = await sql.query('select id, state from bill_runs where business = $1 and period = $2', [
    business,
    period,
  ]);
  return rows[0];
}

/** The same, locked. References from new invoices do not conflict with the lock. */
export async function lockBillRunOf(
  tx: Transaction,
  { business, period }: RunOf,
): Promise<Pick<BillRun, 'id' | 'state'> | undefined> {
  const { rows } = await tx.query(
    'select id, state from bill_runs where business = $1 and period = $2 for no key update',
    [business, period],
  );
  return rows[0];
}
