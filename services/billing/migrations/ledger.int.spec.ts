import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '#shared/database/database';
import { migrate } from '#shared/database/migrate';
import { newId } from '#shared/ids';
import { type FreshDatabase, freshDatabase } from '#test/harness/database';

const own = new URL('./', import.meta.url);

describe('a database that billed before there was a journal', () => {
  let fresh: FreshDatabase;
  let database: Database;
  beforeAll(async () => {
    fresh = await freshDatabase('before_ledger');
    database = new Database(fresh.url);
    const before = await mkdtemp(join(tmpdir(), 'migrations-'));
    for (const file of ['0001_accounts.sql', '0002_bill_runs.sql']) await cp(new URL(file, own), join(before, file));
    await migrate(database, [{ name: 'billing', folder: pathToFileURL(`${before}/`) }]);
    await rm(before, { recursive: true });
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
    await fresh[Symbol.asyncDispose]();
  });

  it('has every invoice in it afterwards, and the balances as they were', async () => {
    await database.query(`insert into accounts (id, customer_id, currency, kind, balance, create_time) values
      ('a', 'c', 'KRW', 'POSTPAID', 330, now()), ('b', 'c', 'KRW', 'POSTPAID', 0, now())`);
    await database.query(`insert into bill_runs (id, business, period, state, expected_lines, create_time)
      values ('run', 'iot', '2026-10', 'COMPLETED', 3, now())`);
    const invoice = (number: number, account: string, subtotal: number) =>
      database.query(
        `insert into invoices (id, bill_run_id, business, number, customer_id, account_id, part, period, state, currency,
           subtotal, tax, total, lines, customer_name, email, address, issue_time)
         values ($1, 'run', 'iot', $2, 'c', $3, 1, '2026-10', 'ISSUED', 'KRW', $4, $5, $6, 1, '', '', '', now())`,
        [newId(), number, account, subtotal, subtotal / 10, subtotal + subtotal / 10],
      );
    await invoice(1, 'a', 100);
    await database.query(
      "insert into bill_runs (id, business, period, state, expected_lines, create_time) values ('x', 'iot', '2026-09', 'COMPLETED', 3, now())",
    );
    await database.query("update invoices set bill_run_id = 'x'");
    await invoice(2, 'a', 200);
    await invoice(3, 'b', 0);

    await migrate(database, [{ name: 'billing', folder: own }]);

    const accounts = await database.query('select id, balance, entries from accounts order by id');
    expect(accounts.rows).toEqual([
      { id: 'a', balance: 330n, entries: 2n },
      { id: 'b', balance: 0n, entries: 0n },
    ]);
    const lines =
      await database.query(`select account_position as position, account_balance as balance from journal_lines
      where account_id = 'a' order by 1`);
    expect(lines.rows).toEqual([
      { position: 1n, balance: 110n },
      { position: 2n, balance: 330n },
    ]);
    const wrong = await database.query(
      'select 1 from journal_lines group by entry_id having sum(amount) <> 0 or min(position) <> 0',
    );
    expect(wrong.rows).toEqual([]);
  });
});
