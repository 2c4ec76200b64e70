import type { Transaction } from '#shared/database/database';
import { newId } from '#shared/ids';
import { startSaga } from '#shared/saga/progress';
import { defineSaga, done, goto, local, type Saga, stay, wait } from '#shared/saga/saga';
import { findOffering } from '../../catalog/store/offerings.ts';
import type { OrderWish } from '../../orders/domain/order.ts';
import { placeOrder } from '../../orders/placeOrder.ts';
import { claimed, decideCommand } from '../domain/lifecycle.ts';
import type { Line } from '../domain/line.ts';
import { emitChangeRequested } from '../events.ts';
import { lockLine } from '../store/readLines.ts';
import { saveLine } from '../store/writeLines.ts';
import type { LineChange } from './data.ts';
import { lineChangeOf } from './lineChange.ts';

/** What the saga knows. Its id names the line and the month. */
export interface LimitSuspension {
  lineId: string;
}

/** Why such an order was placed. */
const reason = 'SPENDING_LIMIT_REACHED';
const lookAgainMs = 1_000;

/**
 * Suspends a line that has reached its spending limit, by an order like any other. While another order is changing the line it is looked at
 * again and again: to wait in the consumer would hold up the answers that the other order is waiting for. A line that is not in service has
 * nothing to be suspended from.
 */
export function limitSuspensionSaga(lineChange: Saga<LineChange>, clock: () => Date): Saga<LimitSuspension> {
  return defineSaga<LimitSuspension>({
    type: 'limit-suspension',
    first: 'look',
    steps: {
      look: local(async (tx, data) => {
        const line = await lockLine(tx, data.lineId);
        const verdict = line && decideCommand(line, 'SUSPEND');
        if (verdict?.kind === 'busy') return goto('wait', data);
        if (line && verdict?.kind === 'change') await suspend(tx, line, lineChange, clock());
        return done(data);
      }),
      wait: wait({
        limitMs: lookAgainMs,
        onSignal: async (_tx, data) => stay(data),
        onTimeout: async (_tx, data) => goto('look', data),
      }),
    },
  });
}

async function suspend(tx: Transaction, line: Line, lineChange: Saga<LineChange>, now: Date): Promise<void> {
  const wish: OrderWish<'SUSPEND'> = {
    id: newId(),
    business: line.business,
    kind: 'LINE',
    action: 'SUSPEND',
    customerId: line.customerId,
    offeringId: line.offeringId,
    subjectId: line.id,
    subjectName: line.serviceNumber,
    stateReason: reason,
    effectiveTime: line.changeTime > now ? line.changeTime : now,
  };
  const order = await placeOrder(tx, wish, now);
  const changing = claimed(line, order.id, now);
  await saveLine(tx, changing);
  await emitChangeRequested(tx, changing, order, await findOffering(tx, line.offeringId));
  await startSaga(tx, lineChange, order.id, lineChangeOf(order));
}
