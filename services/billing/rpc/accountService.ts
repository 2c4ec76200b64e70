import { AccountService } from '#proto/billing/v1/account_service';
import type { Database } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { command } from '#shared/rpc/context';
import { implement } from '#shared/rpc/implement';
import { requireOwner } from '#shared/rpc/ownership';
import { cutPage, pageOf } from '#shared/rpc/page';
import type { Clock } from '#shared/runtime/service';
import { listAccounts, readAccount } from '../store/accounts.ts';
import { accountToProto } from './convert.ts';
import { createAccount } from './createAccount.ts';

export function accountService(database: Database, clock: Clock) {
  return implement(AccountService, database, {
    createAccount: command((request, tx, context) => createAccount(request, tx, context, clock)),

    getAccount: async (request, context) => {
      const notFound = new Fault('ACCOUNT_NOT_FOUND', { message: `no account ${request.account}` });
      const account = await readAccount(database, request.account);
      if (!account) throw notFound;
      requireOwner(context.caller, account.customerId, notFound);
      return accountToProto(account);
    },

    listAccounts: async (request) => {
      const { limit, after } = pageOf(request);
      const rows = await listAccounts(database, {
        customerId: request.customerId,
        after: after?.[0],
        limit: limit + 1,
      });
      const page = cutPage(rows, limit, ({ id }) => [id]);
      return { accounts: page.rows.map(accountToProto), nextPageToken: page.nextPageToken };
    },
  });
}
