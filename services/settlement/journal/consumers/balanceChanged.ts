import { BalanceChangedSchema } from '#proto/billing/v1/events';
import type { Transaction } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { Drop, on } from '#shared/inbox/consumer';
import type { Logger } from '#shared/telemetry/log';
import { isSame } from '../domain/difference.ts';
import type { JournalEntry } from '../domain/entry.ts';
import { insertEntry, stillOutOfOrder } from '../store/postEntry.ts';
import { entriesById } from '../store/readEntries.ts';
import { reportDifference } from '../worker/report.ts';
import { readPosting } from './readPosting.ts';

/** Posts what billing posted. */
export function onBalanceChanged({ now, log }: { now: () => Date; log: Logger }) {
  return on(BalanceChangedSchema, async (event, tx) => {
    const entry = readPosting(event);
    if (!entry) return;
    const arrival = await insertEntry(tx, entry);
    if (arrival === undefined) return refuseSecond(tx, entry);
    if (arrival === 'next') return;
    // The entry is sound in itself, so it counts; that something about its account is not has to be seen.
    const outOfOrder = arrival === 'gap' || (await stillOutOfOrder(tx, [entry.id])).has(entry.id);
    if (!outOfOrder) return;
    log.error({ entry: entry.id, account: entry.accountId, position: entry.position }, 'an entry came out of order');
    await reportDifference(
      tx,
      { entryId: entry.id, kind: 'OUT_OF_ORDER', billing: [], settlement: entry.lines },
      now(),
    );
  });
}

/** An entry comes in exactly one event. A repeat adds nothing; another entry of the same id is a contradiction. */
async function refuseSecond(tx: Transaction, entry: JournalEntry): Promise<never> {
  const known = (await entriesById(tx, [entry.id])).get(entry.id);
  if (known && isSame(known, entry) && known.position === entry.position && known.accountId === entry.accountId) {
    throw new Drop(`entry ${entry.id} is posted already`);
  }
  throw new Fault('EVENT_MALFORMED', { message: `entry ${entry.id} is posted already, and otherwise` });
}
