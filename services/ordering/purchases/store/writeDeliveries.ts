import type { Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';
import type { Delivery, DeliveryTransition } from '../domain/delivery.ts';
import { deliveryColumns } from './mapping.ts';

/** Writes a new delivery with its first state. */
export async function insertDelivery(tx: Transaction, delivery: Delivery): Promise<void> {
  await prepared(
    tx,
    `with made as (
       insert into deliveries (${deliveryColumns}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     )
     insert into delivery_transitions (delivery_id, position, state, time) values ($1, 1, $9, $10)`,
    [
      delivery.id,
      delivery.orderId,
      delivery.business,
      delivery.customerId,
      delivery.offeringId,
      delivery.offeringName,
      delivery.quantity,
      delivery.address,
      delivery.state,
      delivery.createTime,
      delivery.revision,
    ],
  );
}

/** Writes the state a delivery has just entered. */
export async function updateDeliveryState(tx: Transaction, delivery: Delivery): Promise<void> {
  const { state, time } = delivery.history.at(-1) as DeliveryTransition;
  await prepared(
    tx,
    `with moved as (update deliveries set state = $2, revision = $3 where id = $1)
     insert into delivery_transitions (delivery_id, position, state, time) values ($1, $4, $2, $5)`,
    [delivery.id, state, delivery.revision, delivery.history.length, time],
  );
}
