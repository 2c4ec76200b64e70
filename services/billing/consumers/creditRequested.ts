import { CreditReason } from '#proto/billing/v1/balance_service';
import { EntrySchema } from '#proto/billing/v1/entry';
import { type CreditRequested, CreditRequestedSchema } from '#proto/ordering/v1/events';
import type { Transaction } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { activeTraceparent } from '#shared/events/headers';
import { type Consumer, consumer, on } from '#shared/inbox/consumer';
import type { Clock } from '#shared/runtime/service';
import { runIn } from '../ledger/batch/runBatch.ts';
import type { Submission } from '../ledger/batch/submission.ts';
import { entryReply } from '../ledger/rpc/reply.ts';
import { amountOf } from '../ledger/rpc/request.ts';
import { creditHash } from '../ledger/rpc/transferCommands.ts';
import { type CreditAnswer, emitCreditAnswers } from './creditAnswers.ts';
import { prepaidAccounts } from './prepaidAccounts.ts';

/** A request of the transaction under way: what it gives, or why it gives nothing. */
interface Gathered {
  key: string;
  customerId: string;
  traceparent: string | null;
  gift: { amount: ReturnType<typeof amountOf>; memo: string } | { refused: Fault };
}

/**
 * Gives what ordering's events ask for, once per key, and answers each of them by an event of the same transaction. The requests of a
 * transaction are gathered and granted behind the last of them: their accounts are then locked in one order like those of every batch. A key belongs
 * to the same commands as those of BalanceService.Credit; asked again it is answered again.
 */
export function creditRequests(clock: Clock): Consumer {
  const gathered = new WeakMap<Transaction, Gathered[]>();
  return consumer({
    source: 'ordering',
    // A place in the stream of its own: these do not wait behind an order of a line that waits for its tariff.
    aggregates: ['credit'],
    handlers: [
      on(CreditRequestedSchema, async (event, tx) => {
        const requests = gathered.get(tx) ?? [];
        gathered.set(tx, [...requests, read(event)]);
      }),
    ],
    finish: async (tx) => {
      const requests = gathered.get(tx) ?? [];
      gathered.delete(tx);
      if (requests.length > 0) await emitCreditAnswers(tx, await grantAll(tx, clock, requests));
    },
  });
}

function read({ key, customerId, amount, memo }: CreditRequested): Gathered {
  if (!/^[!-~]{1,255}$/.test(key) || customerId === '') {
    throw new Fault('EVENT_MALFORMED', { message: `the request ${key} names no key or nobody who gets it` });
  }
  const head = { key, customerId, traceparent: activeTraceparent() };
  try {
    return { ...head, gift: { amount: amountOf(amount), memo } };
  } catch (fault) {
    if (fault instanceof Fault) return { ...head, gift: { refused: fault } };
    throw fault;
  }
}

async function grantAll(tx: Transaction, clock: Clock, requests: Gathered[]): Promise<CreditAnswer[]> {
  const wanted = requests.flatMap(({ customerId, gift }) =>
    'amount' in gift ? { customerId, currency: gift.amount.currency } : [],
  );
  const accountOf = await prepaidAccounts(tx, wanted, clock.now());
  const submissions: Submission[] = [];
  const places = requests.map(({ key, customerId, traceparent, gift }) => {
    if ('refused' in gift) return gift.refused;
    const { amount, memo } = gift;
    const accountId = accountOf(customerId, amount.currency);
    const target = { case: 'customerId', value: customerId } as const;
    const hash = creditHash(target, { amount, reason: CreditReason.GRANT, memo });
    const place = submissions.push({
      command: { kind: 'give', cause: 'GRANT', causeId: key, accountId, amount, memo },
      accountId,
      keyed: { method: 'credit', key, hash, schema: EntrySchema },
      traceparent,
      reply: entryReply,
    });
    return place - 1;
  });
  const outcomes = submissions.length > 0 ? await runIn(tx, clock, submissions) : [];
  return requests.map(({ key, customerId, traceparent }, index) => {
    const place = places[index];
    const outcome = typeof place === 'number' ? outcomes[place] : { fault: place };
    return { key, customerId, traceparent, outcome: outcome ?? { fault: new Error('no outcome') } };
  });
}
