import type { CreatePaymentMethodRequest } from '#proto/billing/v1/payment_service';
import type { Transaction } from '#shared/database/database';
import { newId } from '#shared/ids';
import type { CallContext } from '#shared/rpc/context';
import { waitForCustomer } from '../../rpc/createAccount.ts';
import { insertMethod } from '../store/methods.ts';
import { methodToProto } from './convert.ts';
import type { PaymentParts } from './parts.ts';
import { whileThere } from './whileThere.ts';

/** Has the provider make a method of the token, and keeps its name for it. The token itself is kept nowhere. */
export async function preparePaymentMethod(
  { database, provider, clock }: PaymentParts,
  { customerId, token }: CreatePaymentMethodRequest,
  context: CallContext,
) {
  await waitForCustomer(database, customerId, context);
  const registered = await whileThere(context.signal, provider.registerMethod(token));
  return async (tx: Transaction) => {
    const method = { id: newId(), customerId, ...registered, createTime: clock.now() };
    await insertMethod(tx, method);
    return { answer: methodToProto(method) };
  };
}
