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

/** How an account's number says how it was in service: to group by one more column would cost as much as all the rest. */
const codes = { part: 2 ** 32, none: 2 ** 33 };

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
    `select offering_id, tariff_id, array_agg(no + case
         when offerings is null and active @> ${range} then 0::int8
         when active && ${range} then ${codes.part}::int8 else ${codes.none}::int8 end)
     from rating_accounts
     where business_no = ${Math.trunc(business_no)} and no > ${Math.trunc(after)} and no <= ${Math.trunc(last)}
       ${cursor === '' ? '' : `and line_id > ${literal(cursor)}`}
     group by offering_id, tariff_id`,
    (last - after) * 13,
  );
  const found: ServedAccounts[] = [];
  while (rows.row()) {
    const group = { offeringId: rows.text(), tariffId: rows.text() };
    const coded = copiedNumbers(rows);
    if (coded.every((each) => each < codes.part)) {
      // Most often: no account of it has changed in the month.
      found.push({ ...group, service: 'whole', accounts: coded });
      continue;
    }
    const between = (from: number, to: number) =>
      coded.filter((each) => each >= from && each < to).map((each) => each - from);
    found.push(
      { ...group, service: 'whole', accounts: between(0, codes.part) },
      { ...group, service: 'part', accounts: between(codes.part, codes.none) },
      { ...group, service: 'none', accounts: between(codes.none, Number.POSITIVE_INFINITY) },
    );
  }
  return found;
}
