import { copiedNumbers } from '#shared/database/copiedNumbers';
import { copyOut, literal } from '#shared/database/copyOut';
import type { Transaction } from '#shared/database/database';
import type { PeriodRow } from './periods.ts';

/** Accounts of one offering and tariff. */
export interface ServedAccounts {
  offeringId: string;
  tariffId: string;
  /** Throughout the month with one offering; for a part of it, or with several offerings; or at no time in it. */
  service: 'whole' | 'part' | 'none';
  accounts: Float64Array;
}

/** A stretch of a business's accounts by how they were in service in a month. Lines that an earlier version has handed over are left out. */
export async function accountsByService(
  tx: Transaction,
  { business_no, cursor }: PeriodRow,
  month: { start: Date; end: Date },
  { after, last }: { after: number; last: number },
): Promise<ServedAccounts[]> {
  const range = `tstzrange(${literal(month.start.toISOString())}, ${literal(month.end.toISOString())})`;
  const rows = await copyOut(
    tx,
    `select offering_id, tariff_id, service, array_agg(no) from (
       select no, offering_id, tariff_id, case
         when offerings is null and active @> ${range} then 'whole' when active && ${range} then 'part' else 'none' end as service
       from rating_accounts
       where business_no = ${Math.trunc(business_no)} and no > ${Math.trunc(after)} and no <= ${Math.trunc(last)}
         ${cursor === '' ? '' : `and line_id > ${literal(cursor)}`}) as account
     group by offering_id, tariff_id, service`,
  );
  const found: ServedAccounts[] = [];
  while (rows.row()) {
    const [offeringId, tariffId] = [rows.text(), rows.text()];
    const service = rows.text() as ServedAccounts['service'];
    found.push({ offeringId, tariffId, service, accounts: copiedNumbers(rows) });
  }
  return found;
}
