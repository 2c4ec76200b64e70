import type { CommitRequest, ReleaseRequest, ReserveRequest } from '#proto/billing/v1/balance_service';
import type { Ledger } from '../batch/ledger.ts';
import type { Command } from '../domain/command.ts';
import { findPayer } from './payer.ts';
import { amountOf, contentHash, holdMsOf, taxOf } from './request.ts';

/** A request as the ledger takes it. The hash is over what the request says, not over what it was found to mean. */
export interface KeyedCommand {
  command: Command;
  accountId: string;
  hash: Buffer;
  refusesForGood?: boolean;
}

export async function reserveCommand(ledger: Ledger, request: ReserveRequest): Promise<KeyedCommand> {
  const amount = amountOf(request.amount);
  const holdMs = holdMsOf(request.holdFor);
  const { payer, ownerId, refuseForGood: refusesForGood } = request;
  const accountId = await findPayer(ledger, payer, amount.currency);
  return {
    command: { kind: 'reserve', accountId, amount, holdMs, ...(ownerId && { ownerId }) },
    accountId,
    // Without an owner as it was before there was one, so that keys of then keep their answers.
    hash: contentHash(payer.case, payer.value, amount, holdMs, ...(ownerId ? [ownerId] : [])),
    refusesForGood,
  };
}

export async function commitCommand(ledger: Ledger, request: CommitRequest): Promise<KeyedCommand> {
  const { reservation: reservationId, memo } = request;
  const amount = request.amount && amountOf(request.amount);
  const tax = taxOf(request.tax);
  return {
    command: { kind: 'commit', reservationId, memo, ...(amount && { amount }), ...(tax && { tax }) },
    accountId: await ledger.accountOf(reservationId),
    hash: contentHash(reservationId, amount, tax, memo),
  };
}

export async function releaseCommand(ledger: Ledger, request: ReleaseRequest): Promise<KeyedCommand> {
  const { reservation: reservationId } = request;
  return {
    command: { kind: 'release', reservationId },
    accountId: await ledger.accountOf(reservationId),
    hash: contentHash(reservationId),
  };
}
