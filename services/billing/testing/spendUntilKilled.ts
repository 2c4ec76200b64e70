import { create } from '@bufbuild/protobuf';
import { durationFromMs } from '@bufbuild/protobuf/wkt';
import {
  CommitRequestSchema,
  CreditReason,
  CreditRequestSchema,
  ReserveRequestSchema,
} from '#proto/billing/v1/balance_service';
import { Database } from '#shared/database/database';
import { Ledger } from '../ledger/batch/ledger.ts';
import { balanceHandlers } from '../ledger/rpc/balanceService.ts';
import { patient, won } from './caller.ts';

/**
 * Reserves, commits and refunds on the account, each command under a key of its own that a repetition would have too. In a process of
 * its own it is killed at its kill point; run again to the end it must have happened once.
 */
export async function spend(database: Database, account: string, turns: number): Promise<void> {
  const clock = { now: () => new Date() };
  const handlers = balanceHandlers(new Ledger({ database, clock, lanes: 1, batchCommands: 3, mostWaiting: 1_000 }));
  await Promise.all(
    Array.from({ length: turns }, async (_, turn) => {
      const payer = { case: 'account', value: account } as const;
      const reserve = { key: `reserve-${turn}`, payer, amount: won(10), holdFor: durationFromMs(600_000) };
      const { id } = await handlers.reserve(create(ReserveRequestSchema, reserve), patient());
      const commit = { key: `commit-${turn}`, reservation: id, tax: won(1) };
      await handlers.commit(create(CommitRequestSchema, commit), patient());
      const target = { case: 'reservation', value: id } as const;
      const refund = { key: `refund-${turn}`, target, amount: won(4), reason: CreditReason.REFUND };
      await handlers.credit(create(CreditRequestSchema, refund), patient());
    }),
  );
}

const { SPEND_DATABASE_URL, SPEND_ACCOUNT, SPEND_TURNS } = process.env;
if (SPEND_DATABASE_URL && SPEND_ACCOUNT) {
  await spend(new Database(SPEND_DATABASE_URL, { pipeline: true }), SPEND_ACCOUNT, Number(SPEND_TURNS));
  process.exit(0);
}
