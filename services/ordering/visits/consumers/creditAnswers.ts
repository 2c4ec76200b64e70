import { CreditGrantedSchema, CreditRefusedSchema } from '#proto/billing/v1/events';
import type { Transaction } from '#shared/database/database';
import { consumer, on } from '#shared/inbox/consumer';
import { signalSaga } from '#shared/saga/progress';
import type { Saga } from '#shared/saga/saga';
import { type CreditSignal, creditKey, type Earning } from '../saga/earning.ts';

/** Hands billing's answers to the visits that asked. Other keys are other people's requests. */
export function creditAnswers(earning: Saga<Earning>) {
  const prefix = creditKey('');
  const tell = async (tx: Transaction, key: string, signal: CreditSignal) => {
    if (key.startsWith(prefix)) await signalSaga(tx, earning, key.slice(prefix.length), signal);
  };
  return consumer({
    source: 'billing',
    aggregates: ['credit'],
    handlers: [
      on(CreditGrantedSchema, ({ key }, tx) => tell(tx, key, { kind: 'granted' })),
      on(CreditRefusedSchema, ({ key, reason }, tx) => tell(tx, key, { kind: 'refused', reason })),
    ],
  });
}
