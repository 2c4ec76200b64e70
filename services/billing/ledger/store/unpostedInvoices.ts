import type { Transaction } from '#shared/database/database';
import type { BilledInvoice } from '../domain/invoiceEntry.ts';

/** The oldest invoices that the ledger does not have yet; after the transaction it is held to have them. */
export async function takeUnposted(tx: Transaction, limit: number): Promise<BilledInvoice[]> {
  const { rows } = await tx.query<BilledInvoice>(
    `with taken as (
       delete from unposted_invoices where invoice_id in (
         select id from invoices join unposted_invoices on invoice_id = id order by issue_time, id limit $1)
       returning invoice_id)
     select id, business, period, account_id as "accountId", currency, subtotal, tax, total, issue_time as "issueTime"
     from invoices join taken on invoice_id = id order by issue_time, id`,
    [limit],
  );
  return rows;
}
