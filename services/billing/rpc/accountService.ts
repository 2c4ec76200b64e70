import { AccountService } from '#proto/billing/v1/account_service';
import type { Database } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { type CallContext, command } from '#shared/rpc/context';
import { implement } from '#shared/rpc/implement';
import { requireOwner } from '#shared/rpc/ownership';
import { cutPage, pageOf } from '#shared/rpc/page';
import type { Clock } from '#shared/runtime/service';
import type { Account } from '../domain/account.ts';
import { entryToProto } from '../ledger/rpc/convert.ts';
import { moveBalance } from '../ledger/rpc/moveBalance.ts';
import { listEntries } from '../ledger/store/listEntries.ts';
import { listAccounts, readAccount } from '../store/accounts.ts';
import { accountToProto } from './convert.ts';
import { createAccount, waitForCustomer } from './createAccount.ts';

export function accountService(database: Database, clock: Clock) {
  const find = async (id: string, context: CallContext): Promise<Account> => {
    const notFound = new Fault('ACCOUNT_NOT_FOUND', { message: `no account ${id}` });
    const account = await readAccount(database, id);
    if (!account) throw notFound;
    requireOwner(context.caller, account.customerId, notFound);
    return account;
  };
  return implement(AccountService, database, {
    createAccount: command(
      (request, tx) => createAccount(request, tx, clock),
      (request, context) => waitForCustomer(database, request.account?.customerId ?? '', context),
    ),

    topUp: command((request, tx, context) => moveBalance('topUp', request, tx, context, clock)),
    withdraw: command((request, tx, context) => moveBalance('withdraw', request, tx, context, clock)),
    pay: command((request, tx, context) => moveBalance('pay', request, tx, context, clock)),

    getAccount: async (request, context) => accountToProto(await find(request.account, context)),

    listAccounts: async (request) => {
      const { limit, after } = pageOf(request);
      if (after && after.length !== 1) {
        throw new Fault('PAGE_TOKEN_INVALID', { message: 'page_token is not one of this method' });
      }
      const rows = await listAccounts(database, {
        customerId: request.customerId,
        after: after?.[0],
        limit: limit + 1,
      });
      const page = cutPage(rows, limit, ({ id }) => [id]);
      return { accounts: page.rows.map(accountToProto), nextPageToken: page.nextPageToken };
    },

    listEntries: async (request, context) => {
      const { limit, after } = pageOf(request);
      const { id: accountId } = await find(request.account, context);
      const rows = await listEntries(database, { accountId, before: positionOf(after), limit: limit + 1 });
      const page = cutPage(rows, limit, ({ position }) => [String(position)]);
      return { entries: page.rows.map(entryToProto), nextPageToken: page.nextPageToken };
    },
  });
}

function positionOf(after: string[] | undefined): bigint | undefined {
  if (!after) return undefined;
  const [position = ''] = after;
  if (/^[0-9]{1,18}$/.test(position)) return BigInt(position);
  throw new Fault('PAGE_TOKEN_INVALID', { message: 'page_token is not one of this method' });
}
