import type { OrderSchema } from '#proto/ordering/v1/order';
import type { CreatePurchaseRequest, CreatePurchaseRequestSchema } from '#proto/ordering/v1/purchase_service';
import type { Database, Sql } from '#shared/database/database';
import { Fault, invalidField } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import { amountText } from '#shared/money/money';
import type { LongCommand } from '#shared/rpc/context';
import { driveSaga, inlineLease } from '#shared/saga/inline';
import { startSaga } from '#shared/saga/progress';
import type { Saga } from '#shared/saga/saga';
import type { Logger } from '#shared/telemetry/log';
import type { Tariffs } from '../../calls.ts';
import type { Offering } from '../../catalog/offering.ts';
import { offeringNotFound } from '../../catalog/rpc/convert.ts';
import { findOffering } from '../../catalog/store/offerings.ts';
import { customerNotFound } from '../../customers/rpc/convert.ts';
import { findCustomer } from '../../customers/store/customers.ts';
import type { OrderWish } from '../../orders/domain/order.ts';
import { placeOrder } from '../../orders/placeOrder.ts';
import { orderToProto } from '../../orders/rpc/convert.ts';
import { untilSettled } from '../../orders/untilSettled.ts';
import type { Purchase, PurchaseKind } from '../domain/purchase.ts';
import { quote } from '../quote.ts';

export interface PurchaseParts {
  database: Database;
  log: Logger;
  clock: () => Date;
  tariffs: Tariffs;
  saga: Saga<Purchase>;
}

/** Buys goods or content: asks rating for the price, places the order and begins its saga, and waits for the order's end. */
export function createPurchase({
  database,
  log,
  clock,
  tariffs,
  saga,
}: PurchaseParts): LongCommand<typeof CreatePurchaseRequestSchema, typeof OrderSchema> {
  return {
    prepare: async (request, context) => {
      const [customer, { offering, kind }] = await Promise.all([
        findCustomer(database, request.customerId),
        purchasable(database, request.offeringId),
      ]);
      if (!customer) throw customerNotFound(request.customerId);
      const quantity = quantityOf(request, kind);
      const { total, tax } = await quote(tariffs, offering.tariffId, quantity, context);
      const { id: offeringId, business, displayName: offeringName } = offering;
      const { customerId } = request;
      // Billing is not asked for what is free, so nobody would have looked whose account that is: none pays.
      const accountId = total.minor === 0n ? '' : request.accountId;
      const now = clock();
      const orderId = newId();
      const wish: OrderWish = {
        id: orderId,
        business,
        kind,
        action: 'PURCHASE',
        customerId,
        offeringId,
        subjectId: offeringId,
        subjectName: offeringName,
        effectiveTime: now,
        quantity,
        total,
        accountId,
      };
      const data: Purchase = {
        orderId,
        kind,
        customerId,
        offeringId,
        offeringName,
        quantity: String(quantity),
        currency: total.currency,
        total: amountText(total),
        tax: amountText(tax),
        address: customer.address,
        accountId,
        reservationId: '',
        reason: '',
      };
      return async (tx) => {
        const order = await placeOrder(tx, wish, now);
        const begun = await startSaga(tx, saga, orderId, data, inlineLease);
        return { answer: orderToProto(order), committed: () => void driveSaga(database, saga, begun, log) };
      };
    },
    settle: ({ id }, context) => untilSettled(database, id, { type: saga.type, id }, context),
  };
}

async function purchasable(sql: Sql, id: string): Promise<{ offering: Offering; kind: PurchaseKind }> {
  const offering = await findOffering(sql, id);
  if (!offering) throw offeringNotFound(id);
  const { kind } = offering;
  if (kind === 'GOODS' || kind === 'CONTENT') return { offering, kind };
  throw new Fault('OFFERING_KIND_MISMATCH', {
    message: `offering ${id} is of kind ${kind}; GOODS and CONTENT are bought`,
    metadata: { offering_id: id, kind },
  });
}

function quantityOf({ quantity }: CreatePurchaseRequest, kind: PurchaseKind): bigint {
  if (kind === 'CONTENT' && quantity > 1n) throw invalidField('quantity', 'content is bought once: must be 1');
  return quantity === 0n ? 1n : quantity;
}
