import type { PayRequest, TopUpRequest, WithdrawRequest } from '#proto/billing/v1/account_service';
import type { Transaction } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { newId } from '#shared/ids';
import type { CallContext } from '#shared/rpc/context';
import { checkEtag } from '#shared/rpc/etag';
import { requireOwner } from '#shared/rpc/ownership';
import type { Clock } from '#shared/runtime/service';
import { accountToProto } from '../../rpc/convert.ts';
import type { Command } from '../domain/command.ts';
import { decide } from '../domain/decide.ts';
import { openBook } from '../store/openBook.ts';
import { writeBook } from '../store/writeBook.ts';
import { amountOf } from './request.ts';

type Request = TopUpRequest | WithdrawRequest | PayRequest;

/** Moves a balance for its owner or an operator: a transaction of its own, together with its Idempotency-Key. */
export async function moveBalance(
  what: 'topUp' | 'withdraw' | 'pay',
  { account: accountId, amount, memo }: Request,
  tx: Transaction,
  { caller, ifMatch }: CallContext,
  clock: Clock,
) {
  const command = commandOf(what, { accountId, amount: amountOf(amount), memo });
  const book = await openBook(tx, [accountId]);
  const account = book.account(accountId);
  requireOwner(caller, account.customerId, new Fault('ACCOUNT_NOT_FOUND', { message: `no account ${accountId}` }));
  checkEtag(ifMatch, account.revision);
  const decision = decide(book, command, { now: clock.now(), newId });
  book.apply(decision.effects, decision);
  await writeBook(tx, book);
  return accountToProto(book.account(accountId));
}

function commandOf(
  what: 'topUp' | 'withdraw' | 'pay',
  move: { accountId: string; amount: ReturnType<typeof amountOf>; memo: string },
): Command {
  switch (what) {
    case 'topUp':
      return { kind: 'give', cause: 'TOP_UP', ...move };
    case 'withdraw':
      return { kind: 'withdraw', ...move };
    case 'pay':
      return { kind: 'spend', cause: 'PAYMENT', ...move };
    default:
      return what satisfies never;
  }
}
