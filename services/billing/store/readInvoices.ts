import type { Sql } from '#shared/database/database';
import type { Invoice, InvoiceLine } from '../domain/invoice.ts';

const columns = `id, business, number, customer_id as "customerId", account_id as "accountId", period, state, currency,
  subtotal, tax, total, lines as "lineCount", issue_time as "issueTime", customer_name as "customerName", email, address`;

export interface InvoiceFilter {
  customerId: string;
  period: string;
  business: string;
  /** Behind this number of this business. */
  after: { business: string; number: bigint } | undefined;
  limit: number;
}

/** Most charges on one page, so that an answer stays a few megabytes however many charges an invoice has. */
const pageLines = 10_000;

/** An invoice without its lines. */
export async function readInvoiceHead(sql: Sql, id: string): Promise<Omit<Invoice, 'lines'> | undefined> {
  const { rows } = await sql.query<Head>(`select ${columns} from invoices where id = $1`, [id]);
  return rows[0];
}

/** What an invoice charges by tariff, in minor units. */
export async function sumByTariff(sql: Sql, id: string): Promise<{ tariffId: string; minor: bigint }[]> {
  const { rows } = await sql.query<{ tariffId: string; minor: bigint }>(
    `select tariff_id as "tariffId", sum(amount)::bigint as minor from invoice_lines
     where invoice_id = $1 group by tariff_id order by tariff_id`,
    [id],
  );
  return rows;
}

export async function readInvoice(sql: Sql, id: string): Promise<Invoice | undefined> {
  const { rows } = await sql.query(`select ${columns} from invoices where id = $1`, [id]);
  return (await withLines(sql, rows))[0];
}

/** Invoices by business and number: as many as asked, or fewer (never none) where they are very long. */
export async function listInvoices(
  sql: Sql,
  filter: InvoiceFilter,
): Promise<{ invoices: Invoice[]; hasMore: boolean }> {
  const { rows } = await sql.query(
    `select ${columns} from invoices
     where ($1 = '' or customer_id = $1) and ($2 = '' or period = $2) and ($3 = '' or business = $3)
       and ($4::text is null or (business, number) > ($4, $5::bigint))
     order by business, number limit $6`,
    [
      filter.customerId,
      filter.period,
      filter.business,
      filter.after?.business ?? null,
      filter.after?.number ?? null,
      filter.limit + 1,
    ],
  );
  let lines = 0;
  const page = rows.slice(0, filter.limit).filter(({ lineCount }, index) => {
    lines += lineCount;
    return index === 0 || lines <= pageLines;
  });
  return { invoices: await withLines(sql, page), hasMore: page.length < rows.length };
}

type Head = Omit<Invoice, 'lines'> & { lineCount: number };

async function withLines(sql: Sql, heads: Head[]): Promise<Invoice[]> {
  const { rows } = await sql.query<InvoiceLine & { invoiceId: string }>(
    `select invoice_id as "invoiceId", line_id as "lineId", offering_id as "offeringId",
       service_number as "serviceNumber", component, description, quantity, metric, amount,
       tariff_version as "tariffVersion", tariff_id as "tariffId", adjusted_period as "adjustedPeriod"
     from invoice_lines where invoice_id = any($1) order by invoice_id, position`,
    [heads.map(({ id }) => id)],
  );
  const lines = Map.groupBy(rows, ({ invoiceId }) => invoiceId);
  return heads.map(({ lineCount: _, ...head }) => ({
    ...head,
    lines: (lines.get(head.id) ?? []).map(({ invoiceId: __, ...line }) => ({
      ...line,
      tariffVersion: line.tariffVersion ?? undefined,
      adjustedPeriod: line.adjustedPeriod ?? undefined,
    })),
  }));
}
