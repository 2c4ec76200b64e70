import type { Transaction } from '#shared/database/database';
import { defineSaga, done, goto, local, type Saga, stay, wait } from '#shared/saga/saga';
import type { Order } from '../../orders/domain/order.ts';
import { type Answer, judge, type Party } from '../domain/confirmation.ts';
import type { LineAction } from '../domain/line.ts';
import type { LineChange } from './data.ts';
import { abandonLineChange, completeLineChange } from './outcome.ts';

/** An answer of rating or billing. */
export interface LineChangeSignal {
  party: Party;
  answer: Answer;
}

export function lineChangeOf({ id, subjectId, action }: Order<LineAction>): LineChange {
  return { orderId: id, lineId: subjectId, action, confirmed: [], accountId: '', reason: '' };
}

/**
 * A change of a line (IOT-1, IOT-2). Rating and billing were asked by LineChangeRequested in the transaction that began the
 * saga. Both confirm: the line changes, the order is COMPLETED. One refuses, or is silent past the limit: the order is
 * FAILED, and LineChangeAbandoned has the other one take back what it did. Later answers find the saga over.
 */
export function lineChangeSaga(limitMs: number, clock: () => Date): Saga<LineChange> {
  const onSignal = async (_tx: Transaction, data: LineChange, { party, answer }: LineChangeSignal) => {
    const judgement = judge(data, party, answer);
    switch (judgement.kind) {
      case 'wait':
        return stay({ ...data, ...judgement.confirmations });
      case 'complete':
        return goto('complete', { ...data, ...judgement.confirmations });
      case 'fail':
        return goto('abandon', { ...data, reason: judgement.reason });
      default:
        return judgement satisfies never;
    }
  };
  return defineSaga<LineChange>({
    type: 'line-change',
    first: 'confirm',
    steps: {
      confirm: wait({
        limitMs,
        onSignal,
        onTimeout: async (_tx, data) => goto('abandon', { ...data, reason: 'SAGA_TIMED_OUT' }),
      }),
      complete: local(async (tx, data) => {
        await completeLineChange(tx, data, clock());
        return done(data);
      }),
      abandon: local(async (tx, data) => {
        await abandonLineChange(tx, data, clock());
        return done(data);
      }),
    },
  });
}
