import type { Message } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import { BalanceService } from '#proto/billing/v1/balance_service';
import { EntrySchema } from '#proto/billing/v1/entry';
import { ReservationSchema } from '#proto/billing/v1/reservation';
import type { Database } from '#shared/database/database';
import { activeTraceparent } from '#shared/events/headers';
import type { CallContext } from '#shared/rpc/context';
import { type Handlers, implement } from '#shared/rpc/implement';
import type { Ledger } from '../batch/ledger.ts';
import type { Submission } from '../batch/submission.ts';
import { entryReply, reservationReply } from './reply.ts';
import { commitCommand, type KeyedCommand, releaseCommand, reserveCommand } from './reservationCommands.ts';
import { creditCommand, debitCommand } from './transferCommands.ts';

export function balanceService(database: Database, ledger: Ledger) {
  return implement(BalanceService, database, balanceHandlers(ledger));
}

/** The commands of other services: each goes into a batch, and happens once per key. */
export function balanceHandlers(ledger: Ledger) {
  const run = <M extends Message>(
    schema: GenMessage<M>,
    reply: Submission<M>['reply'],
    method: string,
    key: string,
    { command, accountId, hash, refusesForGood }: KeyedCommand,
    context: CallContext,
  ) => {
    const keyed = { method, key, hash, schema, ...(refusesForGood && { refusesForGood }) };
    return ledger.submit({ command, accountId, keyed, reply, traceparent: activeTraceparent() }, context);
  };

  return {
    reserve: async (request, context) => {
      const command = await reserveCommand(ledger, request);
      const reservation = await run(ReservationSchema, reservationReply, 'reserve', request.key, command, context);
      ledger.remember(reservation.id, reservation.accountId);
      return reservation;
    },
    commit: async (request, context) => {
      const command = await commitCommand(ledger, request);
      return run(ReservationSchema, reservationReply, 'commit', request.key, command, context);
    },
    release: async (request, context) => {
      const command = await releaseCommand(ledger, request);
      return run(ReservationSchema, reservationReply, 'release', request.key, command, context);
    },
    credit: async (request, context) => {
      const command = await creditCommand(ledger, request);
      return run(EntrySchema, entryReply, 'credit', request.key, command, context);
    },
    debit: async (request, context) => {
      const command = await debitCommand(ledger, request);
      return run(EntrySchema, entryReply, 'debit', request.key, command, context);
    },
  } satisfies Handlers<typeof BalanceService>;
}
