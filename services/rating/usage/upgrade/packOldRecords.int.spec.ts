import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { Database, type Transaction } from '#shared/database/database';
import { csv, log, pieces, seedLine, timeZone, totals, type World, world } from '../../testing/world.ts';
import { monthRecords } from '../store/monthRecords.ts';
import { packOldRecords } from './packOldRecords.ts';

const numbers = ['01200000001', '01200000002', '01200000003'];
const count = 2_000;
const oldTables = new URL('../../migrations/0001_rating.sql', import.meta.url);

/** The tables of the first version with records as it wrote them. */
async function withOldRecords(): Promise<World> {
  const at = await world();
  for (const number of numbers) await seedLine(at.database, { number });
  const sql = await readFile(oldTables, 'utf8');
  for (const table of ['usage_ids', 'usage_records', 'unterminated_records']) {
    await at.database.query(/* sql */ sql.slice(sql.indexOf(`create table ${table} `)).split(';')[0] ?? '');
  }
  await at.database.query(
    `insert into usage_ids (slot, business_no, record_id) select n, 1, 'id-' || n from generate_series(1, $1) as n`,
    [count],
  );
  await at.database.query(
    `insert into usage_records (slot, start_time, bytes_up, bytes_down, account_no, file_no, file_line, outcome)
     select n, timestamptz '2026-11-01T00:00:00Z' + n * interval '1 minute', n, 1, (select no from rating_accounts order by no offset n % 3 limit 1),
       1, n, case n when 7 then 3 when 8 then 2 else 1 end from generate_series(1, $1) as n`,
    [count],
  );
  await at.database.query(
    `insert into unterminated_records (slot, account_no, period_no, start_time, bytes_up, bytes_down, outcome)
     select slot, account_no, 1, start_time, bytes_up, bytes_down, 1 from usage_records where slot = 9`,
  );
  return at;
}

it('records of the first version are in blocks after the upgrade, and their ids are known', async () => {
  await using at = await withOldRecords();
  // It breaks off after some pieces, as by a kill, and goes on at the next start; two processes that start at once are no matter.
  class Broken extends Database {
    #pieces = 0;
    override transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
      if (++this.#pieces > 3) return Promise.reject(new Error('killed'));
      return super.transaction(work);
    }
  }
  await using broken = new Broken(at.url);
  await expect(packOldRecords(broken, timeZone, log, 2)).rejects.toThrow('killed');
  expect((await at.database.query('select next_page::int from usage_upgrade')).rows).toEqual([{ next_page: 6 }]);
  await Promise.all([packOldRecords(at.database, timeZone, log, 2), packOldRecords(at.database, timeZone, log)]);
  let volume = 0;
  let records = 0;
  for await (const { count: some, up } of monthRecords(at.database, { businessNo: 1, month: '2026-11' })) {
    records += some;
    volume += up.reduce((sum, each) => sum + each, 0);
  }
  expect(records).toBe(count - 1);
  expect(volume).toBe((count * (count + 1)) / 2 - 7);
  const old = await at.database.query(
    "select to_regclass('usage_records') as records, to_regclass('usage_ids') as ids",
  );
  expect(old.rows).toEqual([{ records: null, ids: null }]);

  const again = csv(
    [1, 2, 3, 9].map((n) => {
      const time = new Date(Date.parse('2026-11-01T00:00:00Z') + n * 60_000).toISOString();
      return `id-${n},${numbers[n % 3]},iot.kr,${time},${n},${n === 9 ? 50 : 1}`;
    }),
  );
  const row = await at.imports().run({ business: 'iot', source: '', pieces: pieces(again) });
  // The ninth stood on a line without an end: the whole one takes its place.
  expect(row).toMatchObject({ rated: 1n, duplicate: 3n });
  expect(await totals(at.database)).toEqual({ '2026-11 01200000001': '49 in 0' });
});
