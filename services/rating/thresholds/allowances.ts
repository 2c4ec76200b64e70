import { AllowanceThresholdReachedSchema } from '#proto/rating/v1/events';
import type { Transaction } from '#shared/database/database';
import { exactText } from '#shared/money/decimal';
import { emitMany } from '#shared/outbox/outbox';
import { versionAt } from '#shared/pricing/versionAt';
import { monthBounds } from '#shared/time/month';
import { TariffShelf } from '../tariffs/tariffShelf.ts';
import type { ChangedTotals } from '../usage/store/changedTotals.ts';
import { watchesOf } from './domain/watches.ts';
import { markReachedShares, type ReachedShare, type TariffWatch } from './store/allowances.ts';
import { lockAccounts, type OpenMonth, tariffsOf } from './store/months.ts';

/** So many events a statement. */
const eventsAtOnce = 1_000;

/**
 * Tells which shares of their allowances lines have reached. A line is held to the version that its present tariff has now (in a month that is
 * over: had at its end) and to all that it has used in the month: not to portions, times of day or increments. Where a month has some, it
 * is told at another moment than its price turns at; what it is charged goes by portions and items, as always.
 */
export async function tellAllowances(
  tx: Transaction,
  month: OpenMonth,
  { accounts }: ChangedTotals,
  { now, timeZone }: { now: Date; timeZone: string },
): Promise<void> {
  const watches = await watchesOn(tx, month.businessNo, atMonth(month.month, now, timeZone));
  if (watches.length === 0) return;
  const reached = await markReachedShares(tx, month.periodNo, accounts, watches, now);
  await lockAccounts(
    tx,
    reached.map(({ accountNo }) => accountNo),
  );
  const allowances = new Map(watches.map((watch) => [keyOf(watch), watch]));
  for (let from = 0; from < reached.length; from += eventsAtOnce) {
    const events = reached.slice(from, from + eventsAtOnce).map((share) => eventOf(share, month, allowances));
    await emitMany(tx, AllowanceThresholdReachedSchema, events);
  }
}

async function watchesOn(tx: Transaction, businessNo: number, time: Date): Promise<TariffWatch[]> {
  const tariffIds = await tariffsOf(tx, businessNo);
  const shelf = new TariffShelf();
  await shelf.fetch(tx, tariffIds);
  return tariffIds.flatMap((tariffId) => {
    const tariff = shelf.find(tariffId);
    const version = tariff && (versionAt(tariff, time) ?? tariff.versions[0]);
    return version ? watchesOf(version).map((watch) => ({ ...watch, tariffId })) : [];
  });
}

/** Now, or the last instant of a month that is over. */
function atMonth(month: string, now: Date, timeZone: string): Date {
  const last = new Date(monthBounds(month, timeZone).end.getTime() - 1);
  return now < last ? now : last;
}

function eventOf(share: ReachedShare, { business, month }: OpenMonth, watches: ReadonlyMap<string, TariffWatch>) {
  const { lineId, customerId, serviceNumber, component, percent, used } = share;
  const watch = watches.get(keyOf(share));
  return {
    ...{ lineId, customerId, serviceNumber, business, period: month, component, percent, used },
    allowance: watch ? exactText(watch.allowance) : '',
    metric: watch?.metric ?? '',
  };
}

function keyOf({ tariffId, component }: { tariffId: string; component: string }): string {
  return JSON.stringify([tariffId, component]);
}
