import type { Account } from '#proto/billing/v1/account';
import { AccountOpenedSchema, BalanceChangedSchema } from '#proto/billing/v1/events';
import { Fault } from '#shared/errors/fault';
import { balanceText } from '../domain/balanceText.ts';
import { put, tell } from '../domain/write.ts';
import { type Projection, projection } from './projection.ts';

/** Everything billing says about accounts. */
export const accountEvents: Projection[] = [
  projection(AccountOpenedSchema, (event, { sequence }) => {
    const account = accountOf(event);
    return [put('balance', sequence, account, account.customerId)];
  }),
  projection(BalanceChangedSchema, (event, { id, time, sequence }) => {
    const account = accountOf(event);
    const { customerId } = account;
    const write = put('balance', sequence, account, customerId);
    const text = event.entry && balanceText(event.entry);
    if (text === undefined) return [write];
    return [write, tell({ id, customerId, time, event: 'BalanceChanged', text, subjectId: account.id })];
  }),
];

function accountOf({ $typeName, account }: { $typeName: string; account?: Account | undefined }): Account {
  if (account?.customerId) return account;
  throw new Fault('EVENT_MALFORMED', { message: `${$typeName} without an account or its customer` });
}
