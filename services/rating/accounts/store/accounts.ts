import type { Sql, Transaction } from '#shared/database/database';
import type { Interval } from '#shared/time/month';
import type { AccountState } from '../domain/foldChanges.ts';

export interface RatingAccount {
  no: number;
  lineId: string;
  businessNo: number;
  customerId: string;
  offeringId: string;
  tariffId: string;
  serviceNumber: string;
  apn: string;
  open: boolean;
}

interface Row {
  no: number;
  line_id: string;
  business_no: number;
  customer_id: string;
  offering_id: string;
  tariff_id: string;
  service_number: string;
  apn: string;
  open: boolean;
}

export async function findAccount(
  sql: Sql,
  lineId: string,
  lock: '' | 'for update' = '',
): Promise<RatingAccount | undefined> {
  const { rows } = await sql.query<Row>(`select * from rating_accounts where line_id = $1 ${lock}`, [lineId]);
  const [row] = rows;
  if (!row) return undefined;
  return {
    no: row.no,
    lineId: row.line_id,
    businessNo: row.business_no,
    customerId: row.customer_id,
    offeringId: row.offering_id,
    tariffId: row.tariff_id,
    serviceNumber: row.service_number,
    apn: row.apn,
    open: row.open,
  };
}

/** Whether another open line of the business has the number. */
export async function isNumberTaken(
  sql: Sql,
  { businessNo, serviceNumber, lineId }: { businessNo: number; serviceNumber: string; lineId: string },
): Promise<boolean> {
  const { rows } = await sql.query(
    'select 1 from rating_accounts where business_no = $1 and service_number = $2 and open and line_id <> $3',
    [businessNo, serviceNumber, lineId],
  );
  return rows.length > 0;
}

/** Adds a line's account as a closed one; `saveState` opens it. */
export async function insertAccount(tx: Transaction, account: Omit<RatingAccount, 'no' | 'open'>): Promise<void> {
  await tx.query(
    `insert into rating_accounts
       (line_id, business_no, customer_id, offering_id, tariff_id, service_number, apn, open, active, revision)
     values ($1, $2, $3, $4, $5, $6, $7, false, '{}', 0) on conflict (line_id) do nothing`,
    [
      account.lineId,
      account.businessNo,
      account.customerId,
      account.offeringId,
      account.tariffId,
      account.serviceNumber,
      account.apn,
    ],
  );
}

/** Without offerings the account keeps the one it was made with. */
type SavedState = Omit<AccountState, 'offerings'> & Partial<AccountState>;

/**
 * Writes what an account's changes fold to, under the next number of all account changes. That number's row stays locked until the
 * commit, so imports that see the number see the change.
 */
export async function saveState(tx: Transaction, lineId: string, state: SavedState): Promise<void> {
  const { offerings = [] } = state;
  const last = offerings.at(-1);
  await tx.query(
    `with next as (update account_revision set revision = revision + 1 returning revision)
     update rating_accounts set open = $2, active = $3::tstzmultirange, revision = (select revision from next),
       offering_id = coalesce($4, offering_id), tariff_id = coalesce($5, tariff_id), offerings = $6
     where line_id = $1`,
    [
      lineId,
      state.open,
      multirange(state.active),
      last?.offeringId,
      last?.tariffId,
      offerings.length > 1 ? JSON.stringify(offerings) : null,
    ],
  );
}

function multirange(intervals: readonly Interval[]): string {
  const ranges = intervals.map(({ start, end }) => `[${start.toISOString()},${end?.toISOString() ?? ''})`);
  return `{${ranges.join(',')}}`;
}
