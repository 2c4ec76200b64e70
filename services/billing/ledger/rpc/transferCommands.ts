import { CreditReason, type CreditRequest, DebitReason, type DebitRequest } from '#proto/billing/v1/balance_service';
import { Fault, invalidField } from '#shared/errors/fault';
import type { Money } from '#shared/money/money';
import type { Ledger } from '../batch/ledger.ts';
import { requireInTime } from '../domain/inTime.ts';
import { findPayer } from './payer.ts';
import { amountOf, contentHash, taxOf, timeOf } from './request.ts';
import type { KeyedCommand } from './reservationCommands.ts';

export async function creditCommand(ledger: Ledger, request: CreditRequest): Promise<KeyedCommand> {
  const { key, target, reason, memo } = request;
  const amount = amountOf(request.amount);
  const expireTime = timeOf(request.expireTime);
  const hash = creditHash(target, { amount, reason, memo }, expireTime);
  if (expireTime && reason !== CreditReason.GRANT) throw invalidField('expire_time', 'only a gift expires');
  if (target.case === 'reservation') return { ...(await refundOf(ledger, target.value, amount, request)), hash };
  const accountId = await findPayer(ledger, target, amount.currency);
  return {
    command: {
      kind: 'give',
      cause: causeOf(reason),
      causeId: key,
      accountId,
      amount,
      memo,
      ...(expireTime && { expireTime }),
    },
    accountId,
    hash,
  };
}

/** What two credits of the same key have in common. */
export function creditHash(
  target: CreditRequest['target'],
  { amount, reason, memo }: { amount: Money; reason: CreditReason; memo: string },
  expireTime?: Date,
): Buffer {
  return contentHash(target.case, target.value, amount, reason, expireTime, memo);
}

function causeOf(reason: CreditReason): 'GRANT' | 'REFUND' | 'REINSTATEMENT' {
  switch (reason) {
    case CreditReason.GRANT:
      return 'GRANT';
    case CreditReason.REFUND:
      return 'REFUND';
    case CreditReason.REINSTATEMENT:
      return 'REINSTATEMENT';
    default:
      throw invalidField('reason', 'is none of the known reasons');
  }
}

async function refundOf(ledger: Ledger, reservationId: string, amount: Money, { key, reason, memo }: CreditRequest) {
  if (reason !== CreditReason.REFUND)
    throw invalidField('reason', 'what a reservation spent is given back as a refund');
  const accountId = await ledger.accountOf(reservationId);
  return { command: { kind: 'refund', causeId: key, reservationId, amount, memo } as const, accountId };
}

export async function debitCommand(ledger: Ledger, request: DebitRequest): Promise<KeyedCommand> {
  const { key, payer, memo, reason, refuseForGood: refusesForGood } = request;
  const amount = amountOf(request.amount);
  const tax = taxOf(request.tax);
  const notAfter = timeOf(request.notAfter);
  const forfeited = reason === DebitReason.FORFEITURE;
  if (forfeited && tax) throw invalidField('tax', 'nothing is sold where something is taken away');
  const accountId = await findPayer(ledger, payer, amount.currency).catch((fault) => {
    // Whoever asks after the last moment wants to know for good that it has not happened. Without an account it has not.
    if (fault instanceof Fault && fault.reason === 'ACCOUNT_NOT_FOUND') requireInTime(notAfter, ledger.now());
    throw fault;
  });
  const wish = { causeId: key, accountId, amount, memo, ...(notAfter && { notAfter }) };
  return {
    command: forfeited ? { kind: 'forfeit', ...wish } : { kind: 'spend', cause: 'DEBIT', ...wish, ...(tax && { tax }) },
    accountId,
    // Of a sale without a last moment as it was before there was anything else, so that keys of then keep their answers.
    hash: contentHash(payer.case, payer.value, amount, tax, memo, ...(reason || notAfter ? [reason, notAfter] : [])),
    refusesForGood,
  };
}
