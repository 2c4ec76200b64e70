import type { Sql } from '#shared/database/database';
import { int64 } from '#shared/int64';
import type { CustomerSums, ProductSums, SettlementKey, Totals } from '../domain/books.ts';

/** The month's sums by currency, ordered by currency. */
export async function listTotals(sql: Sql, key: SettlementKey): Promise<Totals[]> {
  return (await listTotalsOf(sql, [key]))(key);
}

/** The same for many months with one statement; answers with a look-up by month. */
export async function listTotalsOf(
  sql: Sql,
  keys: readonly SettlementKey[],
): Promise<(key: SettlementKey) => Totals[]> {
  const { rows } = await sql.query<SettlementKey & { currency: string; subtotal: string; tax: string; total: string }>(
    `select business, period, currency, subtotal, tax, total from settlement_totals
     where (business, period) in (select * from unnest($1::text[], $2::text[]))
     order by currency`,
    [keys.map(({ business }) => business), keys.map(({ period }) => period)],
  );
  const totals = Map.groupBy(rows, nameOf);
  return (key) =>
    (totals.get(nameOf(key)) ?? []).map(({ currency, subtotal, tax, total }) => ({
      currency,
      subtotal: BigInt(subtotal),
      tax: BigInt(tax),
      total: BigInt(total),
    }));
}

function nameOf({ business, period }: SettlementKey): string {
  return `${business} ${period}`;
}

/** The month's sums by offering and currency, in that order. */
export async function listProducts(sql: Sql, { business, period }: SettlementKey): Promise<ProductSums[]> {
  const { rows } = await sql.query<{
    offering_id: string;
    currency: string;
    lines: bigint;
    usage_bytes: string;
    charges: string;
    adjustment_charges: string;
    adjustment_usage_bytes: string;
  }>(
    `select offering_id, currency, lines, usage_bytes, charges, adjustment_charges, adjustment_usage_bytes
     from settlement_products
     where business = $1 and period = $2 order by offering_id, currency`,
    [business, period],
  );
  return rows.map((row) => ({
    offeringId: row.offering_id,
    currency: row.currency,
    lines: row.lines,
    usageBytes: int64(row.usage_bytes),
    charges: BigInt(row.charges),
    adjustmentCharges: BigInt(row.adjustment_charges),
    adjustmentUsageBytes: int64(row.adjustment_usage_bytes),
  }));
}

/** Sums by customer and currency, in that order; only those behind `after` = [customer id, currency]. */
export async function listCustomers(
  sql: Sql,
  { business, period }: SettlementKey,
  page: { after: string[] | undefined; limit: number },
): Promise<CustomerSums[]> {
  const { rows } = await sql.query<{
    customer_id: string;
    currency: string;
    invoices: bigint;
    lines: bigint;
    usage_bytes: string;
    charges: string;
  }>(
    `select customer_id, currency, invoices, lines, usage_bytes, charges from settlement_customers
     where business = $1 and period = $2 and (customer_id, currency) > ($3, $4)
     order by customer_id, currency
     limit $5`,
    [business, period, page.after?.[0] ?? '', page.after?.[1] ?? '', page.limit],
  );
  return rows.map((row) => ({
    customerId: row.customer_id,
    currency: row.currency,
    invoices: row.invoices,
    lines: row.lines,
    usageBytes: int64(row.usage_bytes),
    charges: BigInt(row.charges),
  }));
}
