import { pino } from 'pino';
import { connect } from '@nats-io/transport-node';
import { create } from '@bufbuild/protobuf';
import { CreditRequestSchema } from '#proto/billing/v1/balance_service';
import { Database } from '#shared/database/database';
import { migrate } from '#shared/database/migrate';
import { newId } from '#shared/ids';
import { runRelay } from '#shared/outbox/relay';
import { AdvisoryLocks } from '#shared/process/advisoryLocks';
import { Ledger } from '../../services/billing/ledger/batch/ledger.ts';
import { balanceHandlers } from '../../services/billing/ledger/rpc/balanceService.ts';
import { startPostgres } from '../harness/postgres.ts';
import { startNats } from '../harness/nats.ts';
await using server = await startPostgres({ durable: true });
await using natsServer = await startNats();
const database = new Database(server.url, { pipeline: true });
const shared = (name: string) => new URL(`../../services/shared/${name}/migrations`, import.meta.url);
await migrate(database, [
  { name: 'shared/outbox', folder: shared('outbox') },
  { name: 'shared/rpc', folder: shared('rpc') },
  { name: 'billing', folder: new URL('../../services/billing/migrations', import.meta.url) },
]);
const ledger = new Ledger({ database, clock: { now: () => new Date() }, lanes: 1, batchCommands: 500, mostWaiting: 100000 });
const h = balanceHandlers(ledger);
const context = { caller: { subject: 'x', roles: new Set(['service'] as const) }, signal: new AbortController().signal, log: pino() } as never;
const ids = Array.from({ length: 1000 }, newId);
await database.query(`insert into accounts (id, customer_id, currency, kind, create_time) select id, 'c', 'KRW', 'PREPAID', now() from unnest($1::text[]) as id`, [ids]);
const won = (amount: string) => ({ currency: 'KRW', amount });
for (let i = 0; i < 20; i++) await Promise.all(ids.map((value) => h.credit(create(CreditRequestSchema, { key: newId(), target: { case: 'account', value }, amount: won('1000000000'), reason: 1 }), context)));
const nats = await connect({ servers: natsServer.url });
const locks = new AdvisoryLocks(database);
const stop = new AbortController();
const cpu = process.cpuUsage();
const t = performance.now();
const relay = runRelay({ service: 'billing', database, nats, locks, log: pino() }, stop.signal);
for (;;) { const { rows } = await database.query('select 1 from outbox where published_at is null limit 1'); if (rows.length === 0) break; await new Promise((r) => setTimeout(r, 20)); }
const used = process.cpuUsage(cpu);
console.log('20000 events', (performance.now() - t).toFixed(0), 'ms wall', (used.user + used.system) / 1000, 'ms cpu');
stop.abort(); await relay; await locks[Symbol.asyncDispose](); await nats.close(); await database[Symbol.asyncDispose]();
