import type { Sql, Transaction } from '#shared/database/database';
import type { Adjustment, ComponentAmount } from '../domain/adjustment.ts';

/** An adjustment with what only its explanation needs. */
export interface NewAdjustment extends Adjustment {
  /** A common.v1.LineMonth, binary: the month as it was priced. */
  lineMonth: Uint8Array;
}

const columns = `id, business, period, line_id as "lineId", account_id as "accountId", offering_id as "offeringId",
  service_number as "serviceNumber", usage_bytes as "usageBytes", charges, charges_before as "chargesBefore", lines`;

export async function insertAdjustments(
  tx: Transaction,
  adjustments: readonly NewAdjustment[],
  createTime: Date,
): Promise<void> {
  if (adjustments.length === 0) return;
  const column = <T>(value: (adjustment: NewAdjustment) => T) => adjustments.map(value);
  await tx.query(
    `insert into adjustments (create_time, id, business, period, line_id, account_id, offering_id, service_number,
       usage_bytes, charges, charges_before, lines, line_month)
     select $1, given.* from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
       $9::bigint[], $10::bigint[], $11::bigint[], $12::jsonb[], $13::bytea[]) as given`,
    [
      createTime,
      column(({ id }) => id),
      column(({ business }) => business),
      column(({ period }) => period),
      column(({ lineId }) => lineId),
      column(({ accountId }) => accountId),
      column(({ offeringId }) => offeringId),
      column(({ serviceNumber }) => serviceNumber),
      column(({ usageBytes }) => usageBytes),
      column(({ charges }) => charges),
      column(({ chargesBefore }) => chargesBefore),
      column(({ lines }) => JSON.stringify(lines, (_, value) => (typeof value === 'bigint' ? String(value) : value))),
      column(({ lineMonth }) => Buffer.from(lineMonth)),
    ],
  );
}

/** Every adjustment of the lines' month, whether an invoice charges it yet or not. */
export async function adjustmentsOfMonth(
  sql: Sql,
  { business, period }: { business: string; period: string },
  lineIds: readonly string[],
): Promise<Adjustment[]> {
  const { rows } = await sql.query<AdjustmentRow>(
    `select ${columns} from adjustments where business = $1 and period = $2 and line_id = any($3) order by id`,
    [business, period, lineIds],
  );
  return rows.map(adjustmentFromRow);
}

/** The oldest adjustments of accounts that no invoice charges yet. */
export async function pendingOfAccounts(
  tx: Transaction,
  business: string,
  accountIds: readonly string[],
  limit: number,
): Promise<Adjustment[]> {
  const { rows } = await tx.query<AdjustmentRow>(
    `select ${columns} from adjustments
     where business = $1 and account_id = any($2) and invoice_id is null order by account_id, id limit $3`,
    [business, accountIds, limit],
  );
  return rows.map(adjustmentFromRow);
}

/** Adjustments from before a time that no invoice charges yet, account by account. */
export async function pendingBefore(
  tx: Transaction,
  business: string,
  time: Date,
  limit: number,
): Promise<Adjustment[]> {
  const { rows } = await tx.query<AdjustmentRow>(
    `select ${columns} from adjustments
     where business = $1 and invoice_id is null and create_time <= $2 order by account_id, id limit $3`,
    [business, time, limit],
  );
  return rows.map(adjustmentFromRow);
}

/** Says which invoices charge the adjustments. */
export async function chargeAdjustments(
  tx: Transaction,
  charged: readonly { adjustmentId: string; invoiceId: string }[],
): Promise<void> {
  if (charged.length === 0) return;
  const { rowCount } = await tx.query(
    `update adjustments set invoice_id = charged.invoice_id
     from unnest($1::text[], $2::text[]) as charged (id, invoice_id)
     where adjustments.id = charged.id and adjustments.invoice_id is null`,
    [charged.map(({ adjustmentId }) => adjustmentId), charged.map(({ invoiceId }) => invoiceId)],
  );
  if (rowCount !== charged.length) throw new Error('an adjustment is on another invoice already');
}

/** The adjustments that an invoice charges, behind an id, with the months that they were computed from. */
export async function adjustmentsOfInvoice(
  sql: Sql,
  invoiceId: string,
  page: { lineId: string; after: string; limit: number },
): Promise<NewAdjustment[]> {
  const { rows } = await sql.query<AdjustmentRow & { lineMonth: Buffer }>(
    `select ${columns}, line_month as "lineMonth" from adjustments
     where invoice_id = $1 and ($2 = '' or line_id = $2) and id > $3 order by id limit $4`,
    [invoiceId, page.lineId, page.after, page.limit],
  );
  return rows.map((row) => ({ ...adjustmentFromRow(row), lineMonth: row.lineMonth }));
}

/** The adjustments that invoices charge, by invoice, in the order of their ids. */
export async function adjustmentsOfInvoices(
  sql: Sql,
  invoiceIds: readonly string[],
): Promise<Map<string, Adjustment[]>> {
  const { rows } = await sql.query<AdjustmentRow & { invoiceId: string }>(
    `select ${columns}, invoice_id as "invoiceId" from adjustments where invoice_id = any($1) order by id`,
    [invoiceIds],
  );
  const byInvoice = Map.groupBy(rows, ({ invoiceId }) => invoiceId);
  return new Map(
    [...byInvoice].map(([id, all]) => [id, all.map(({ invoiceId: _, ...row }) => adjustmentFromRow(row))]),
  );
}

type AdjustmentRow = Omit<Adjustment, 'lines'> & {
  lines: (Omit<ComponentAmount, 'amount' | 'tariffVersion'> & { amount: string; tariffVersion?: string })[];
};

function adjustmentFromRow({ lines, ...row }: AdjustmentRow): Adjustment {
  return {
    ...row,
    lines: lines.map(({ amount, tariffVersion, ...line }) => ({
      ...line,
      amount: BigInt(amount),
      tariffVersion: tariffVersion === undefined ? undefined : new Date(tariffVersion),
    })),
  };
}
