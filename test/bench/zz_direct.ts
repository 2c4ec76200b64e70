import { create } from '@bufbuild/protobuf';
import { pino } from 'pino';
import { CommitRequestSchema, CreditRequestSchema, ReserveRequestSchema } from '#proto/billing/v1/balance_service';
import { Database } from '#shared/database/database';
import { migrate } from '#shared/database/migrate';
import { newId } from '#shared/ids';
import { Ledger } from '../../services/billing/ledger/batch/ledger.ts';
import { balanceHandlers } from '../../services/billing/ledger/rpc/balanceService.ts';
import { startPostgres } from '../harness/postgres.ts';

await using server = await startPostgres({ durable: true });
const database = new Database(server.url, { pipeline: true });
const shared = (name: string) => new URL(`../../services/shared/${name}/migrations`, import.meta.url);
await migrate(database, [
  { name: 'shared/outbox', folder: shared('outbox') },
  { name: 'shared/rpc', folder: shared('rpc') },
  { name: 'billing', folder: new URL('../../services/billing/migrations', import.meta.url) },
]);
const lanes = Number(process.env.LANES ?? 2);
const clients = Number(process.env.CLIENTS ?? 64);
const ledger = new Ledger({
  database,
  clock: { now: () => new Date() },
  lanes,
  batchCommands: 500,
  mostWaiting: 100000,
});
const h = balanceHandlers(ledger);
const context = {
  caller: { subject: 'x', roles: new Set(['service'] as const) },
  signal: new AbortController().signal,
  log: pino(),
} as never;
const ids = Array.from({ length: Number(process.env.ACCOUNTS ?? 1000) }, newId);
await database.query(
  `insert into accounts (id, customer_id, currency, kind, create_time) select id, 'c', 'KRW', 'PREPAID', now() from unnest($1::text[]) as id`,
  [ids],
);
const won = (amount: string) => ({ currency: 'KRW', amount });
await Promise.all(
  ids.map((value) =>
    h.credit(
      create(CreditRequestSchema, {
        key: newId(),
        target: { case: 'account', value },
        amount: won('1000000000'),
        reason: 1,
      }),
      context,
    ),
  ),
);
if (process.env.LOG)
  await database.query('alter system set log_min_duration_statement = 0'),
    await database.query('select pg_reload_conf()');
const run = async (seconds: number) => {
  const end = performance.now() + seconds * 1000;
  let n = 0;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      while (performance.now() < end) {
        const value = ids[Math.floor(Math.random() * ids.length)] as string;
        const r = await h.reserve(
          create(ReserveRequestSchema, {
            key: newId(),
            payer: { case: 'account', value },
            amount: won('10'),
            holdFor: { seconds: 600n },
          }),
          context,
        );
        await h.commit(create(CommitRequestSchema, { key: newId(), reservation: r.id, tax: won('1') }), context);
        n++;
      }
    }),
  );
  console.log((n / seconds).toFixed(0), 'pairs/s');
};
for (let i = 0; i < 3; i++) await run(Number(process.env.SECONDS ?? 4));
if (process.env.LOG) {
  const fs = await import('node:fs');
  fs.copyFileSync(server.logFile, '/tmp/work/bl/pg.log');
}
await database[Symbol.asyncDispose]();
