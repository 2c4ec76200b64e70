import type { Sql } from '#shared/database/database';
import type { Invoice } from '../domain/invoice.ts';
import { type InvoiceContent, invoiceLines } from '../domain/invoiceContent.ts';
import { readContents } from './invoiceContents.ts';

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

/** A business's invoices behind a number, with what they charge: at least one if there is any, and not many more entries than asked. */
export async function issuedBehind(
  sql: Sql,
  { business, number }: { business: string; number: bigint },
  most: { invoices: number; entries: number },
): Promise<{ head: Omit<Invoice, 'lines'>; content: InvoiceContent }[]> {
  const { rows } = await sql.query<Head>(
    `select ${columns} from (
       select *, sum(service_lines + lines) over (order by number) - (service_lines + lines) as before
       from (select * from invoices where business = $1 and number > $2 order by number limit $3) as first) as sized
     where before < $4 order by number`,
    [business, number, most.invoices, most.entries],
  );
  const contents = await readContents(
    sql,
    rows.map(({ id }) => id),
  );
  return rows.map(({ lineCount: _, ...head }) => ({
    head,
    content: contents.get(head.id) ?? { lines: [], adjustments: [] },
  }));
}

type Head = Omit<Invoice, 'lines'> & { lineCount: number };

async function withLines(sql: Sql, heads: Head[]): Promise<Invoice[]> {
  const contents = await readContents(
    sql,
    heads.map(({ id }) => id),
  );
  return heads.map(({ lineCount: _, ...head }) => {
    const content = contents.get(head.id);
    return { ...head, lines: content ? invoiceLines(content) : [] };
  });
}
