import type { Sql } from '#shared/database/database';
import { contentOf } from '../body/contentOf.ts';
import type { InvoiceContent } from '../domain/invoiceContent.ts';
import { readEarlierContents } from './earlierContents.ts';

/** What invoices charge, by their ids. Those of before are read from the rows that they have. */
export async function readContents(sql: Sql, ids: readonly string[]): Promise<Map<string, InvoiceContent>> {
  const { rows } = await sql.query<{ id: string; period: string; body: Buffer | null }>(
    'select id, period, body from invoices where id = any($1)',
    [ids],
  );
  const earlier = rows.filter(({ body }) => body === null).map(({ id }) => id);
  const contents = earlier.length > 0 ? await readEarlierContents(sql, earlier) : new Map<string, InvoiceContent>();
  for (const { id, period, body } of rows) if (body) contents.set(id, contentOf(body, period));
  return contents;
}
