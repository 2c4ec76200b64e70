import type { Transaction } from '#shared/database/database';
import { exactText } from '#shared/money/decimal';
import type { LineMetric, Watch } from '../domain/watches.ts';

/** A share of an allowance that a line has reached just now. */
export interface ReachedShare {
  accountNo: number;
  lineId: string;
  customerId: string;
  serviceNumber: string;
  tariffId: string;
  component: string;
  percent: number;
  used: string;
}

/** A watch on the lines of a tariff. */
export type TariffWatch = Watch & { tariffId: string };

/**
 * Writes down which of the accounts have reached what is watched for, and answers those that had not before; by line, the smaller share
 * first. One statement for thousands of lines: most of them are far from any share, and nothing but their totals is read.
 */
export async function markReachedShares(
  tx: Transaction,
  periodNo: number,
  accounts: readonly number[],
  watches: readonly TariffWatch[],
  now: Date,
): Promise<ReachedShare[]> {
  const { rows } = await tx.query<{
    no: number;
    line_id: string;
    customer_id: string;
    service_number: string;
    tariff_id: string;
    component: string;
    percent: number;
    used: string;
  }>(
    `with watch as (
       select * from unnest($3::text[], $4::text[], $5::text[], $6::int[], $7::numeric[])
         as watch (tariff_id, component, metric, percent, quantity)),
     far as materialized (
       select account_no, bytes, records from usage_totals
       where period_no = $1 and account_no = any($2::int[]) and (bytes >= $9::numeric or records >= $10::numeric)),
     used as (
       select a.no, watch.component, watch.percent, watch.quantity,
         case watch.metric when 'bytes' then far.bytes else far.records end as used
       from far join rating_accounts a on a.no = far.account_no join watch on watch.tariff_id = a.tariff_id),
     reached as (
       insert into allowance_thresholds (period_no, account_no, component, percent, used, time)
       select $1, no, component, percent, used, $8 from used
       where used >= quantity
       on conflict do nothing returning account_no, component, percent, used)
     select a.no, a.line_id, a.customer_id, a.service_number, a.tariff_id, reached.component, reached.percent, reached.used::text
     from reached join rating_accounts a on a.no = reached.account_no
     order by a.no, reached.component, reached.percent`,
    [
      ...[periodNo, accounts, watches.map(({ tariffId }) => tariffId), watches.map(({ component }) => component)],
      ...[watches.map(({ metric }) => metric), watches.map(({ percent }) => percent)],
      ...[watches.map(({ quantity }) => exactText(quantity)), now],
      ...[leastOf(watches, 'bytes'), leastOf(watches, 'events')],
    ],
  );
  return rows.map((row) => ({
    accountNo: row.no,
    lineId: row.line_id,
    customerId: row.customer_id,
    serviceNumber: row.service_number,
    tariffId: row.tariff_id,
    component: row.component,
    percent: row.percent,
    used: row.used,
  }));
}

/** The smallest quantity that is watched for; null where none is. */
function leastOf(watches: readonly TariffWatch[], metric: LineMetric): string | null {
  const [least] = watches
    .filter((watch) => watch.metric === metric)
    .map(({ quantity }) => quantity)
    .sort((one, other) => one.compare(other));
  return least ? exactText(least) : null;
}
