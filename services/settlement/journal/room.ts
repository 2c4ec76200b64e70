import { JournalService } from '#proto/settlement/v1/journal_service';
import { type Consumer, consumer, durableName } from '#shared/inbox/consumer';
import { type Implementation, implement } from '#shared/rpc/implement';
import type { Dependencies } from '#shared/runtime/service';
import type { Worker } from '#shared/worker/worker';
import { ledger } from '../calls.ts';
import type { SettlementConfig } from '../config.ts';
import { onBalanceChanged } from './consumers/balanceChanged.ts';
import { listJournalDifferences } from './rpc/listJournalDifferences.ts';
import { listJournalEntries } from './rpc/listJournalEntries.ts';
import { reconcileJournal } from './rpc/reconcileJournal.ts';
import { getTrialBalance } from './rpc/trialBalance.ts';
import { ownBook } from './store/ownBook.ts';
import { billingBook } from './worker/billingBook.ts';
import { journalComparisonWorker } from './worker/compareWorker.ts';
import type { Comparison } from './worker/comparison.ts';
import { durableIsWaiting, horizon } from './worker/horizon.ts';

export interface Room {
  rpc: Implementation;
  consumer: Consumer;
  worker: Worker;
}

/** The company's journal: posted from billing's events, compared with billing's ledger. Building the room has no effect. */
export function journalRoom({ config, database, clients, nats, log, clock }: Dependencies<SettlementConfig>): Room {
  const now = () => clock.now();
  const { journalLagMs: lagMs, journalCompareEveryMs } = config;
  // A place in the stream of its own: a month that cannot be settled yet must not hold up the books.
  const postings = consumer({ source: 'billing', aggregates: ['account'], handlers: [onBalanceChanged({ now, log })] });
  const isWaiting = durableIsWaiting(nats, durableName('settlement', postings));
  const comparison: Comparison = {
    books: { database, own: ownBook(database), billing: billingBook(() => clients.for(ledger)), now },
    horizon: horizon(database, { lagMs, now, isWaiting }),
    lagMs,
    log,
  };
  return {
    rpc: implement(JournalService, database, {
      listJournalEntries: listJournalEntries(database),
      getTrialBalance: getTrialBalance(database, now),
      listJournalDifferences: listJournalDifferences(database),
      reconcileJournal: reconcileJournal(database, comparison),
    }),
    consumer: postings,
    worker: journalComparisonWorker(comparison, journalCompareEveryMs),
  };
}
