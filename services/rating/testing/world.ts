import { Database } from '#shared/database/database';
import { migrate } from '#shared/database/migrate';
import { createLogger } from '#shared/telemetry/log';
import type { Interval } from '#shared/time/month';
import { freshDatabase } from '#test/harness/database';
import { foldChanges } from '../accounts/domain/foldChanges.ts';
import { findAccount, insertAccount, saveState } from '../accounts/store/accounts.ts';
import { businessNo } from '../store/businesses.ts';
import { UsageImport, type UsageImportOptions } from '../usage/import/importUsage.ts';

export const timeZone = 'Asia/Seoul';
export const headerLine = 'record_id,service_number,apn,start_time,bytes_up,bytes_down';
/** All tests live in November 2026. */
export const now = new Date('2026-11-21T00:00:00Z');
export const clock = { now: () => now };
export const log = createLogger('rating', 'silent');

/** An empty rating database with its schema. */
export interface World extends AsyncDisposable {
  url: string;
  database: Database;
  imports: (options?: Partial<UsageImportOptions>) => UsageImport;
}

export async function world(): Promise<World> {
  const fresh = await freshDatabase('rating');
  const database = new Database(fresh.url);
  await migrate(database, [
    ...['outbox', 'inbox', 'saga', 'rpc'].map((name) => ({
      name: `shared/${name}`,
      folder: new URL(`../../shared/${name}/migrations`, import.meta.url),
    })),
    { name: 'rating', folder: new URL('../migrations', import.meta.url) },
  ]);
  const made: UsageImport[] = [];
  return {
    url: fresh.url,
    database,
    imports: (options = {}) => {
      const imports = new UsageImport({ database, log, clock, timeZone, concurrency: 4, ...options });
      made.push(imports);
      return imports;
    },
    async [Symbol.asyncDispose]() {
      for (const imports of made) await imports[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      await fresh[Symbol.asyncDispose]();
    },
  };
}

export interface LineSeed {
  id?: string;
  number: string;
  apn?: string;
  customerId?: string;
  active?: Interval[];
  business?: string;
}

/** Puts a line into the database as if its orders had been applied. In service since 2026-01-01 unless said otherwise. */
export async function seedLine(database: Database, seed: LineSeed): Promise<number> {
  const { number, apn = 'iot.kr', customerId = 'customer-1', id = `line-${number}`, business = 'iot' } = seed;
  return database.transaction(async (tx) => {
    await insertAccount(tx, {
      lineId: id,
      businessNo: await businessNo(tx, business),
      customerId,
      offeringId: 'offering-1',
      tariffId: 'tariff-1',
      serviceNumber: number,
      apn,
    });
    const since = { action: 'ACTIVATE' as const, effectiveTime: new Date('2026-01-01T00:00:00Z') };
    await saveState(tx, id, seed.active ? { open: true, active: seed.active } : foldChanges([since]));
    return (await findAccount(tx, id))?.no ?? 0;
  });
}

export async function* pieces(text: string | Buffer, size = 64 * 1024): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

/** A file with the header and these records, each line ended. */
export function csv(records: string[]): string {
  return [headerLine, ...records].map((line) => `${line}\n`).join('');
}

/** All totals: `month service_number` → bytes and records, folded or not. */
export async function totals(database: Database): Promise<Record<string, string>> {
  const { rows } = await database.query<{ key: string; total: string }>(
    `select p.month || ' ' || a.service_number as key, sum(t.bytes)::text || ' in ' || sum(t.records)::text as total from (
       select period_no, account_no, bytes, records from usage_totals
       union all
       select d.period_no, e.account_no, e.bytes, e.records
       from usage_deltas d, unnest(d.accounts, d.bytes, d.records) as e (account_no, bytes, records)) t
     join periods p on p.no = t.period_no join rating_accounts a on a.no = t.account_no
     group by 1 having sum(t.records) <> 0 or sum(t.bytes) <> 0 order by 1`,
  );
  return Object.fromEntries(rows.map(({ key, total }) => [key, total]));
}
