import { PeriodClosedSchema } from '#proto/rating/v1/events';
import { Fault } from '#shared/errors/fault';
import { on } from '#shared/inbox/consumer';
import { putRatingBook } from '../store/heads.ts';
import { compareIfComplete, type Settling } from './compare.ts';

/** Keeps what rating says it has handed over. */
export function onPeriodClosed(settling: Settling) {
  return on(PeriodClosedSchema, async (event, tx) => {
    const { business, period, lines, usageBytes } = event;
    if (!business || !period)
      throw new Fault('EVENT_MALFORMED', { message: 'a closed period needs business and month' });
    const offerings = event.offerings.map(({ offeringId, lines, usageBytes }) => ({ offeringId, lines, usageBytes }));
    const head = await putRatingBook(tx, { business, period }, { lines, usageBytes, offerings }, settling.now());
    await compareIfComplete(tx, head, settling);
  });
}
