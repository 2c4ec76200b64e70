import { AccountKind } from '#proto/billing/v1/account';
import type { CreateAccountRequest } from '#proto/billing/v1/account_service';
import { AccountOpenedSchema } from '#proto/billing/v1/events';
import type { Sql, Transaction } from '#shared/database/database';
import { Fault, invalidField } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import { emit } from '#shared/outbox/outbox';
import { sleep } from '#shared/process/background';
import type { CallContext } from '#shared/rpc/context';
import type { Clock } from '#shared/runtime/service';
import { insertAccount } from '../store/accounts.ts';
import { customerExists } from '../store/copies.ts';
import { accountToProto } from './convert.ts';

/** How long a customer who has just registered may take to become known here, in milliseconds. */
const customerWaitMs = 5_000;

export async function createAccount({ account }: CreateAccountRequest, tx: Transaction, clock: Clock) {
  if (!account) throw invalidField('account', 'is needed');
  const created = await insertAccount(tx, {
    id: newId(),
    customerId: account.customerId,
    currency: account.currency,
    kind: account.kind === AccountKind.PREPAID ? 'PREPAID' : 'POSTPAID',
    openedForLine: undefined,
    createTime: clock.now(),
  });
  const opened = accountToProto(created);
  await emit(tx, AccountOpenedSchema, { account: opened });
  return opened;
}

/** Customers arrive by events, so a moment after their registration: a client that goes on at once waits here. */
export async function waitForCustomer(sql: Sql, customerId: string, { signal }: CallContext): Promise<void> {
  for (let waited = 0; !(await customerExists(sql, customerId)); waited += 50) {
    if (waited >= customerWaitMs || signal.aborted) {
      throw new Fault('CUSTOMER_NOT_FOUND', { message: `no customer ${customerId}` });
    }
    await sleep(50, signal);
  }
}
