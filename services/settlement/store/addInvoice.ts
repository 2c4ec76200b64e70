import type { Transaction } from '#shared/database/database';
import type { SettlementKey } from '../domain/books.ts';
import { byOffering, overAll, type ReceivedInvoice } from '../domain/received.ts';
import { type SettlementHead, type SettlementRow, settlementColumns, toHead } from './mapping.ts';

/** Adds an invoice to every sum of its month. The first statement locks the month, the second adds set by set. */
export async function addInvoice(
  tx: Transaction,
  key: SettlementKey,
  invoice: ReceivedInvoice,
  now: Date,
): Promise<SettlementHead> {
  const offerings = byOffering(invoice);
  const all = overAll(offerings);
  const head = await tx.query<SettlementRow>(addToHead, [
    key.business,
    key.period,
    all.lines,
    all.usageBytes,
    now,
    invoice.customerId,
  ]);
  await tx.query(addToSums, [
    key.business,
    key.period,
    invoice.currency,
    invoice.subtotal,
    invoice.tax,
    invoice.total,
    invoice.customerId,
    all.lines,
    all.usageBytes,
    all.charges,
    offerings.map(({ offeringId }) => offeringId),
    offerings.map(({ lines }) => lines),
    offerings.map(({ usageBytes }) => usageBytes),
    offerings.map(({ charges }) => charges),
    offerings.map(({ adjustmentCharges }) => adjustmentCharges),
    offerings.map(({ adjustmentUsageBytes }) => adjustmentUsageBytes),
  ]);
  if (head.rows[0] === undefined) throw new Error('the statement answers with no settlement');
  return toHead(head.rows[0]);
}

const addToHead = `
  insert into settlements (business, period, invoices, lines, customers, usage_bytes, create_time, update_time)
  values ($1, $2, 1, $3, 1, $4, $5, $5)
  on conflict (business, period) do update set
    invoices    = settlements.invoices + 1,
    lines       = settlements.lines + excluded.lines,
    usage_bytes = settlements.usage_bytes + excluded.usage_bytes,
    update_time = excluded.update_time,
    customers   = settlements.customers + (not exists (
      select from settlement_customers where business = $1 and period = $2 and customer_id = $6))::int
  returning ${settlementColumns}`;

const addToSums = `
  with totals as (
    insert into settlement_totals as t (business, period, currency, subtotal, tax, total)
    values ($1, $2, $3, $4, $5, $6)
    on conflict (business, period, currency) do update set
      subtotal = t.subtotal + excluded.subtotal,
      tax      = t.tax + excluded.tax,
      total    = t.total + excluded.total
  ), customers as (
    insert into settlement_customers as c
      (business, period, customer_id, currency, invoices, lines, usage_bytes, charges)
    values ($1, $2, $7, $3, 1, $8, $9, $10)
    on conflict (business, period, customer_id, currency) do update set
      invoices    = c.invoices + 1,
      lines       = c.lines + excluded.lines,
      usage_bytes = c.usage_bytes + excluded.usage_bytes,
      charges     = c.charges + excluded.charges
  )
  insert into settlement_products as p
    (business, period, offering_id, currency, lines, usage_bytes, charges, adjustment_charges, adjustment_usage_bytes)
  select $1, $2, offering_id, $3, lines, usage_bytes, charges, adjustment_charges, adjustment_usage_bytes
  from unnest($11::text[], $12::bigint[], $13::numeric[], $14::numeric[], $15::numeric[], $16::numeric[])
    as o (offering_id, lines, usage_bytes, charges, adjustment_charges, adjustment_usage_bytes)
  on conflict (business, period, offering_id, currency) do update set
    lines       = p.lines + excluded.lines,
    usage_bytes = p.usage_bytes + excluded.usage_bytes,
    charges     = p.charges + excluded.charges,
    adjustment_charges     = p.adjustment_charges + excluded.adjustment_charges,
    adjustment_usage_bytes = p.adjustment_usage_bytes + excluded.adjustment_usage_bytes`;
