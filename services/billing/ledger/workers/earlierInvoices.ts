import type { Database } from '#shared/database/database';
import { newId } from '#shared/ids';
import { type Worker, worker } from '#shared/worker/worker';
import { invoiceEntry } from '../domain/invoiceEntry.ts';
import { post } from '../store/journal.ts';
import { takeUnposted } from '../store/unpostedInvoices.ts';

const most = 200;

/** Posts the invoices that were issued before there was a ledger, in the order of their issue. Nothing is left after one pass. */
export function earlierInvoicesWorker(database: Database): Worker {
  return worker({
    name: 'ledger-earlier-invoices',
    everyMs: 60_000,
    run: () =>
      database.transaction(async (tx) => {
        const invoices = await takeUnposted(tx, most);
        await post(
          tx,
          invoices.flatMap((invoice) => invoiceEntry({ invoice }, newId)),
        );
        return invoices.length === most ? 'more' : 'idle';
      }),
  });
}
