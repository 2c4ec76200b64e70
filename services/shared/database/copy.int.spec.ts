import { describe, expect, it } from 'vitest';
import { freshDatabase } from '#test/harness/database';
import { copiedNumbers } from './copiedNumbers.ts';
import { copyIn } from './copyIn.ts';
import { copyOut, literal } from './copyOut.ts';
import { CopyWriter } from './copyWriter.ts';
import { Database } from './database.ts';

describe('binary COPY', () => {
  it('writes what SQL reads, and reads what SQL has', async () => {
    await using fresh = await freshDatabase('copy');
    await using database = new Database(fresh.url);
    await database.query('create table kept (a int, b bigint, c text, d uuid, e timestamptz, f numeric, g bytea)');
    const uuid = '019a0000-0000-7000-8000-00000000002a';
    const time = new Date('2026-11-21T01:02:03.456Z');
    await database.transaction(async (tx) => {
      const rows = new CopyWriter();
      for (const sum of [0n, 1n, -9_999n, 10n ** 30n + 7n]) {
        rows.row(7);
        rows.int32(-5);
        rows.int64(-(2n ** 63n));
        rows.text('장부 ä');
        rows.uuid(uuid);
        rows.time(time);
        rows.numeric(sum);
        rows.bytes(4);
        rows.piece(Buffer.from('abc'));
        rows.piece(Buffer.from('xdx'), 1, 2);
      }
      rows.row(7);
      for (let column = 0; column < 7; column++) rows.null();
      await copyIn(tx, 'copy kept from stdin (format binary)', rows.finish());
    });
    const { rows } = await database.query('select a, b, c, d, e, f::text, g from kept where a is not null order by f');
    const [all] = rows;
    expect(all).toMatchObject({ a: -5, b: -(2n ** 63n), c: '장부 ä', d: uuid, e: time, g: Buffer.from('abcd') });
    expect(rows.map(({ f }) => f)).toEqual(['-9999', '0', '1', String(10n ** 30n + 7n)]);

    await database.transaction(async (tx) => {
      const copied = await copyOut(tx, `select a, c, g, ${literal("it's")} from kept order by f nulls last`);
      const read: unknown[] = [];
      while (copied.row()) {
        if (!copied.column()) {
          read.push('null', copied.text(), copied.column(), copied.text());
          continue;
        }
        read.push(copied.bytes.readInt32BE(copied.at), copied.text(), copied.slice().toString(), copied.text());
      }
      expect(read.slice(0, 4)).toEqual([-5, '장부 ä', 'abcd', "it's"]);
      expect(read.slice(-4)).toEqual(['null', '', false, "it's"]);
      expect(read).toHaveLength(20);
    });
  });

  it('reads more than a packet, and numbers of arrays', async () => {
    await using fresh = await freshDatabase('copy');
    await using database = new Database(fresh.url);
    await database.transaction(async (tx) => {
      const copied = await copyOut(
        tx,
        'select n, repeat(chr(97 + n % 26), n % 3000) from generate_series(1, 5000) as n',
      );
      let rows = 0;
      while (copied.row()) {
        const n = copied.int();
        if (copied.text() === String.fromCharCode(97 + (n % 26)).repeat(n % 3000)) rows++;
      }
      expect(rows).toBe(5_000);
      const arrays = await copyOut(
        tx,
        'select array_agg(n::int), array_agg(case when n <> 2 then n * 3000000000::int8 end), null::int[] from generate_series(-3, 3) as n',
      );
      arrays.row();
      expect([...copiedNumbers(arrays)]).toEqual([-3, -2, -1, 0, 1, 2, 3]);
      expect([...copiedNumbers(arrays)]).toEqual([-9e9, -6e9, -3e9, 0, 3e9, Number.NaN, 9e9]);
      expect([...copiedNumbers(arrays)]).toEqual([]);
    });
  });

  it('tells a failure before the first row and behind some, and the connection goes on', async () => {
    await using fresh = await freshDatabase('copy');
    await using database = new Database(fresh.url, { connections: 1 });
    await expect(database.transaction((tx) => copyOut(tx, 'select nothing'))).rejects.toThrow(/does not exist/);
    const late = "select 1 / (50000 - n), repeat('x', 100) from generate_series(1, 60000) as n";
    await expect(database.transaction((tx) => copyOut(tx, late))).rejects.toThrow(/division by zero/);
    await expect(
      database.transaction((tx) => copyIn(tx, 'copy nothing from stdin (format binary)', new CopyWriter().finish())),
    ).rejects.toThrow(/does not exist/);
    expect((await database.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });
});
