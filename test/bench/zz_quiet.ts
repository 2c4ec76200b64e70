import fs from 'node:fs';
import pg from 'pg';
import { newId } from '#shared/ids';
import { startMesh } from '../harness/mesh.ts';
import { BalanceLoad } from './balanceLoad.ts';
import { ownToken } from './serviceToken.ts';
await using mesh = await startMesh({ durable: true, services: ['billing'], env: { billing: { LEDGER_LANES: process.env.LANES ?? '1', ...(process.env.PROF ? { NODE_OPTIONS: '--cpu-prof --cpu-prof-dir=/tmp/work/prof' } : {}) } } });
const client = new pg.Client({ connectionString: mesh.databaseUrl('billing') });
await client.connect();
const ids = Array.from({ length: 1000 }, newId);
await client.query(`insert into accounts (id, customer_id, currency, kind, create_time) select id, 'c', 'KRW', 'PREPAID', now() from unnest($1::text[]) as id`, [ids]);
await using load = new BalanceLoad(mesh.addresses.billing, await ownToken(mesh, 'billing'), Number(process.env.CLIENTS ?? 64));
await load.fund(ids);
const hz = 100;
const snap = () => {
  const r: Record<string, number> = {}; let total = 0;
  for (const p of fs.readdirSync('/proc')) if (/^\d+$/.test(p)) try {
    const c = fs.readFileSync(`/proc/${p}/cmdline`, 'utf8').replaceAll('\0', ' ');
    const s = (fs.readFileSync(`/proc/${p}/stat`, 'utf8').split(') ')[1] ?? '').split(' ');
    const t = (Number(s[11]) + Number(s[12])) / hz;
    const port = String(mesh.ports.postgres);
    const k = c.includes('services/billing/main') && fs.readFileSync(`/proc/${p}/environ`, 'utf8').includes(`PORT=${mesh.ports.billing}`) ? 'billing' : c.includes('zz_quiet') ? 'bench' : c.includes('jangbu_billing') ? 'pg' : c.includes(`--port ${mesh.ports.nats}`) ? 'nats' : 'other';
    r[k] = (r[k] ?? 0) + t; total += t;
  } catch {}
  return r;
};
for (let i = 0; i < Number(process.env.ROUNDS ?? 12); i++) {
  const a = snap();
  const m = await load.run(process.env.HOT ? ids.slice(0, 1) : ids, 2);
  const b = snap();
  const d = (k: string) => ((b[k] ?? 0) - (a[k] ?? 0)) / 2;
  const per = (k: string) => `${k}=${d(k).toFixed(2)} (${((d(k) / m.pairs) * 1e6).toFixed(0)}us)`;
  const { rows } = await client.query('select count(*)::int as n from outbox where published_at is null');
  console.log(m.pairs.toFixed(0), per('billing'), per('bench'), per('pg'), per('nats'), 'other', d('other').toFixed(2), 'p50', m.reserve?.p50.toFixed(1), 'backlog', rows[0].n);
}
await client.end();
