import type { Transaction } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { type Delivery, type DeliveryCommand, moved } from './domain/delivery.ts';
import { emitDeliveryState } from './events.ts';
import { updateDeliveryState } from './store/writeDeliveries.ts';

/** Moves a delivery, whose row the transaction holds, and tells everybody; DELIVERY_STATE_FORBIDS where its state does. */
export async function moveDelivery(
  tx: Transaction,
  delivery: Delivery,
  command: DeliveryCommand,
  now: Date,
): Promise<Delivery> {
  const after = moved(delivery, command, now);
  if (!after) {
    const { id, state } = delivery;
    throw new Fault('DELIVERY_STATE_FORBIDS', {
      message: `a delivery that is ${state} does not take ${command}`,
      metadata: { delivery_id: id, state },
    });
  }
  await updateDeliveryState(tx, after);
  await emitDeliveryState(tx, after);
  return after;
}
