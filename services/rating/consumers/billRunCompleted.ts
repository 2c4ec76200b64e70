import { BillRunCompletedSchema } from '#proto/billing/v1/events';
import { Fault } from '#shared/errors/fault';
import { on } from '#shared/inbox/consumer';
import { isMonth } from '#shared/time/month';
import { ensurePeriods, keepBillRun } from '../periods/store/periods.ts';
import { businessNo } from '../store/businesses.ts';

/** Remembers how many invoices a month has in all: once they are counted here, what was handed over and what is on them must agree. */
export const onBillRunCompleted = on(BillRunCompletedSchema, async ({ business, period, invoices }, tx) => {
  if (!isMonth(period)) throw new Fault('EVENT_MALFORMED', { message: 'a bill run names its month' });
  const no = await businessNo(tx, business);
  await ensurePeriods(tx, no, [period]);
  await keepBillRun(tx, no, period, invoices);
});
