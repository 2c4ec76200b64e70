import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CreditReason } from '#proto/billing/v1/balance_service';
import { newId } from '#shared/ids';
import { Books } from '../../testing/books.ts';
import { won } from '../../testing/caller.ts';

/** What the database itself refuses, whoever asks for it. */
describe('the database', () => {
  let books: Books;
  let account: string;
  beforeAll(async () => {
    books = await Books.begin();
    account = await books.openAccount();
    const target = { case: 'account', value: account } as const;
    const process = books.process();
    await process.credit({ target, amount: won(100), reason: CreditReason.GRANT });
    const held = await process.reserve({ payer: target, amount: won(40) });
    await process.commit({ reservation: held.id });
  });
  afterAll(() => books[Symbol.asyncDispose]());

  /** The constraint or the code that refuses a transaction of these statements. */
  const refusal = async (...statements: string[]): Promise<string> => {
    const before = await books.database.query(
      'select (select sum(balance) from accounts), (select count(*) from journal_lines)',
    );
    const error = await books.database
      .transaction(async (tx) => {
        for (const statement of statements) await tx.query(statement);
      })
      .then(
        () => ({ constraint: 'nothing refused it' }),
        (caught: { constraint?: string; code?: string }) => caught,
      );
    const after = await books.database.query(
      'select (select sum(balance) from accounts), (select count(*) from journal_lines)',
    );
    expect(after.rows).toEqual(before.rows);
    return error.constraint ?? (error as { code?: string }).code ?? '';
  };

  /** An entry with these amounts for the account and for the company, in one statement as the service writes it. */
  const entry = (
    own: number,
    company: number,
    changes: { position?: number; balance?: number; currency?: string } = {},
  ) => {
    const id = newId();
    const { position = 3, balance = 60 - own, currency = 'KRW' } = changes;
    return `with entry as (
        insert into journal_entries (id, time, cause_kind, cause_id, memo) values ('${id}', now(), 'DEBIT', '${id}', ''))
      insert into journal_lines (entry_id, position, ledger, account_id, currency, amount, account_position, account_balance)
      values ('${id}', 0, 'PREPAID', '${account}', '${currency}', ${own}, ${position}, ${balance}),
        ('${id}', 1, 'REVENUE', null, '${currency}', ${company}, null, null)`;
  };

  it('takes an entry that is as it should be', async () => {
    await books.database
      .transaction(async (tx) => {
        await tx.query(entry(10, -10));
        await tx.query('savepoint before');
        throw new Error('enough');
      })
      .catch(({ message }) => expect(message).toBe('enough'));
  });

  it('refuses an entry that does not balance', async () => {
    expect(await refusal(entry(10, -9))).toBe('journal_entry_balanced');
  });

  it('refuses an entry without lines, lines without an entry and lines that come later', async () => {
    const id = newId();
    const alone = `insert into journal_entries (id, time, cause_kind, cause_id, memo) values ('${id}', now(), 'DEBIT', '${id}', '')`;
    expect(await refusal(alone)).toBe('journal_entry_whole');
    const lines = (
      entryId: string,
      first: number,
    ) => `insert into journal_lines (entry_id, position, ledger, currency, amount)
      values ('${entryId}', ${first}, 'REVENUE', 'KRW', 5), ('${entryId}', ${first + 1}, 'CASH', 'KRW', -5)`;
    expect(await refusal(lines(newId(), 0))).toBe('journal_entry_whole');
    const { rows } = await books.database.query('select id from journal_entries limit 1');
    expect(await refusal(lines(rows[0].id, 5))).toBe('journal_entry_whole');
  });

  it('refuses lines that do not continue their account', async () => {
    expect(await refusal(entry(10, -10, { position: 4 }))).toBe('journal_lines_continue');
    expect(await refusal(entry(10, -10, { balance: 60 }))).toBe('journal_lines_continue');
    expect(await refusal(entry(10, -10, { currency: 'PTS' }))).toBe('journal_lines_continue');
  });

  it('refuses an available below zero', async () => {
    expect(await refusal(entry(61, -61))).toBe('accounts_available');
    const reserve = (amount: number) => `insert into reservations (id, account_id, amount, create_time, expire_time)
      values ('${newId()}', '${account}', ${amount}, now(), now())`;
    expect(await refusal(reserve(61))).toBe('accounts_available');
    expect(await refusal(reserve(40), reserve(21))).toBe('accounts_available');
    const credit = `insert into credits (id, account_id, remaining, expire_time) values ('${newId()}', '${account}', 61, now())`;
    expect(await refusal(credit)).toBe('accounts_available');
  });

  it('refuses to change the journal, the sums and what a reservation was', async () => {
    const restricted = '23001';
    for (const statement of [
      "update journal_entries set memo = 'other'",
      'update journal_lines set amount = amount * 2',
      'delete from journal_entries',
      'delete from journal_lines',
      'truncate journal_lines',
      'update accounts set balance = balance + 1',
      'update accounts set reserved = 0, expiring = 5',
      'update accounts set entries = 0',
      "update accounts set currency = 'PTS'",
      'update reservations set amount = 1',
      "update reservations set state = 'HELD', committed = 0, tax = 0",
      'delete from reservations',
      'delete from credits',
      `delete from accounts where id = '${account}'`,
      "insert into accounts (id, customer_id, currency, kind, balance, create_time) values ('x', 'c', 'KRW', 'PREPAID', 5, now())",
    ]) {
      expect([statement, await refusal(statement)]).toEqual([statement, restricted]);
    }
  });

  it('refuses a second entry of the same cause, and more refunded than spent', async () => {
    const { rows } = await books.database.query("select cause_id from journal_entries where cause_kind = 'COMMIT'");
    const again = entry(10, -10).replace(/'DEBIT', '[^']*'/, `'COMMIT', '${rows[0].cause_id}'`);
    expect(await refusal(again)).toBe('journal_entries_by_cause');
    expect(await refusal('update reservations set refunded = 41')).toMatch(/^reservations_check/);
  });
});
