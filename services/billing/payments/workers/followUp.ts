import type { Database } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import type { Clock } from '#shared/runtime/service';
import type { Logger } from '#shared/telemetry/log';
import { type Worker, worker } from '#shared/worker/worker';
import { lookAgainAt } from '../domain/lookAgain.ts';
import type { Cashier } from '../settle/cashier.ts';
import { lookLater, looksChannel, readUnsettled, type Unsettled } from '../store/looks.ts';
import { readPayment } from '../store/readPayments.ts';
import { readRefund } from '../store/refunds.ts';

const everyMs = 1_000;
/** So many at a time, so that a few calls that hang hold up few others. */
const atOnce = 8;

export interface FollowUpOptions {
  database: Database;
  cashier: Cashier;
  clock: Clock;
  log: Logger;
}

/**
 * Finds out what became of payments and refunds whose answer was lost: with the connection, with the caller or with this process. All
 * of its memory is in the rows, and a look too many does no harm.
 */
export function followUpWorker(options: FollowUpOptions): Worker {
  const { database, clock } = options;
  return worker({
    name: 'payment-follow-up',
    everyMs,
    channel: looksChannel,
    run: async () => {
      const due = await readUnsettled(database, clock.now(), atOnce);
      const looks = await Promise.all(due.map((each) => look(options, each)));
      // Behind an open circuit the rest would be refused as well.
      return due.length === atOnce && !looks.includes('refused') ? 'more' : 'idle';
    },
  });
}

async function look(
  { database, cashier, clock, log }: FollowUpOptions,
  unsettled: Unsettled,
): Promise<'looked' | 'refused'> {
  const began = clock.now();
  let cause: unknown;
  try {
    if (await isSettled(database, cashier, unsettled)) return 'looked';
  } catch (error) {
    if (error instanceof Fault && error.reason === 'CIRCUIT_OPEN') return 'refused';
    cause = error;
  }
  const { kind, id, looks } = unsettled;
  log.warn({ [kind]: id, looks: looks + 1, err: cause }, `it is not known yet what became of a ${kind}`);
  await lookLater(database, unsettled, lookAgainAt(clock.now(), looks), began);
  return 'looked';
}

async function isSettled(database: Database, cashier: Cashier, { kind, id }: Unsettled): Promise<boolean> {
  switch (kind) {
    case 'payment': {
      const payment = await readPayment(database, id);
      return payment?.state !== 'PENDING' || (await cashier.lookAt(payment)) !== undefined;
    }
    case 'refund': {
      const refund = await readRefund(database, id);
      if (refund?.state !== 'PENDING') return true;
      const payment = await readPayment(database, refund.paymentId);
      if (payment?.state !== 'CAPTURED') throw new Error(`refund ${id} has no captured payment`);
      await cashier.refund(refund, payment, { isNew: false });
      return true;
    }
    default:
      return kind satisfies never;
  }
}
