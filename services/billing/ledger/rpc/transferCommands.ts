import { CreditReason, type CreditRequest, type DebitRequest } from '#proto/billing/v1/balance_service';
import { invalidField } from '#shared/errors/fault';
import type { Money } from '#shared/money/money';
import type { Ledger } from '../batch/ledger.ts';
import { findPayer } from './payer.ts';
import { amountOf, contentHash, taxOf, timeOf } from './request.ts';
import type { KeyedCommand } from './reservationCommands.ts';

export async function creditCommand(ledger: Ledger, request: CreditRequest): Promise<KeyedCommand> {
  const { key, target, reason, memo } = request;
  const amount = amountOf(request.amount);
  const expireTime = timeOf(request.expireTime);
  const hash = contentHash(target.case, target.value, amount, reason, expireTime, memo);
  if (expireTime && reason !== CreditReason.GRANT) throw invalidField('expire_time', 'only a gift expires');
  if (target.case === 'reservation') return { ...(await refundOf(ledger, target.value, amount, request)), hash };
  const accountId = await findPayer(ledger, target, amount.currency);
  const cause = reason === CreditReason.GRANT ? 'GRANT' : 'REFUND';
  return {
    command: { kind: 'give', cause, causeId: key, accountId, amount, memo, ...(expireTime && { expireTime }) },
    accountId,
    hash,
  };
}

async function refundOf(ledger: Ledger, reservationId: string, amount: Money, { key, reason, memo }: CreditRequest) {
  if (reason !== CreditReason.REFUND)
    throw invalidField('reason', 'what a reservation spent is given back as a refund');
  const accountId = await ledger.accountOf(reservationId);
  return { command: { kind: 'refund', causeId: key, reservationId, amount, memo } as const, accountId };
}

export async function debitCommand(ledger: Ledger, request: DebitRequest): Promise<KeyedCommand> {
  const { key, payer, memo } = request;
  const amount = amountOf(request.amount);
  const tax = taxOf(request.tax);
  const accountId = await findPayer(ledger, payer, amount.currency);
  return {
    command: { kind: 'spend', cause: 'DEBIT', causeId: key, accountId, amount, memo, ...(tax && { tax }) },
    accountId,
    hash: contentHash(payer.case, payer.value, amount, tax, memo),
  };
}
