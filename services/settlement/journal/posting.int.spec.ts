import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { BalanceCause, Ledger } from '#proto/billing/v1/entry';
import { JournalDifferenceKind } from '#proto/settlement/v1/journal';
import { listJournalEntries } from './rpc/listJournalEntries.ts';
import { trialBalanceAt } from './rpc/trialBalance.ts';
import { Journal, movement } from './testing.ts';

let journal: Journal;
beforeAll(async () => {
  journal = await Journal.open();
});
afterAll(() => journal[Symbol.asyncDispose]());
beforeEach(() => journal.empty());

const later = new Date('2100-01-01T00:00:00Z');
const entries = async () => (await trialBalanceAt(journal.database, later)).entries;
const at = (text: string) => new Date(text);

describe('posting', () => {
  test('an entry comes into the books with its lines, cause and customer', async () => {
    await journal.handle(movement({ id: 'e1', position: 1, amount: 500, time: at('2026-11-05T03:00:00.123Z') }));
    const list = listJournalEntries(journal.database);
    const page = await list({ accountId: 'purse', customerId: 'purse-owner', pageSize: 0, pageToken: '' } as never);
    expect(page.journalEntries).toMatchObject([
      {
        id: 'e1',
        cause: BalanceCause.TOP_UP,
        customerId: 'purse-owner',
        time: { nanos: 123_000_000 },
        lines: [
          { ledger: Ledger.PREPAID, accountId: 'purse', amount: { currency: 'KRW', amount: '-500' } },
          { ledger: Ledger.CASH, accountId: '', amount: { currency: 'KRW', amount: '500' } },
        ],
      },
    ]);
  });

  test('a change of reservations only is no entry', async () => {
    const { account } = movement({ position: 1, amount: 1 });
    await journal.handle({ account, cause: BalanceCause.RESERVE, causeId: 'r' });
    expect(await entries()).toBe(0n);
  });

  test.each([
    ['lines that do not sum to zero', (event: ReturnType<typeof movement>) => event.lines?.pop()],
    ['no account', (event: ReturnType<typeof movement>) => delete event.account],
    ['lines without an entry', (event: ReturnType<typeof movement>) => delete event.entry],
    [
      'an amount that its lines do not move',
      (event: ReturnType<typeof movement>) => {
        if (event.entry) event.entry.amount = { currency: 'KRW', amount: '6' };
      },
    ],
    [
      'a cause that moves nothing',
      (event: ReturnType<typeof movement>) => {
        event.cause = BalanceCause.RESERVE;
        if (event.entry) event.entry.cause = BalanceCause.RESERVE;
      },
    ],
  ])('an event with %s is refused whole', async (_name, spoil) => {
    const event = movement({ position: 1, amount: 5 });
    spoil(event);
    await expect(journal.handle(event)).rejects.toMatchObject({ reason: 'EVENT_MALFORMED' });
    expect(await entries()).toBe(0n);
  });

  test('the same entry in a second event adds nothing; another one of its id is a contradiction', async () => {
    const event = movement({ id: 'e1', position: 1, amount: 500 });
    await journal.handle(event);
    await expect(journal.handle(event)).rejects.toMatchObject({ name: 'Drop' });
    const other = movement({ id: 'e1', position: 2, amount: 400 });
    await expect(journal.handle(other)).rejects.toMatchObject({ reason: 'EVENT_MALFORMED' });
    expect(await entries()).toBe(1n);
  });

  test('a gap and a repeated position: the entries count, and each is reported once', async () => {
    await journal.handle(movement({ id: 'e1', position: 1, amount: 5 }));
    await journal.handle(
      movement({ id: 'e3', position: 3, amount: 5 }),
      movement({ id: 'e4', position: 4, amount: 5 }),
    );
    await journal.handle(movement({ id: 'again', position: 1, amount: 5 }));
    expect(await entries()).toBe(4n);
    expect((await journal.reported()).map((each) => [each?.entryId, each?.kind])).toEqual([
      ['e3', JournalDifferenceKind.OUT_OF_ORDER],
      ['again', JournalDifferenceKind.OUT_OF_ORDER],
    ]);
    await journal.handle(movement({ id: 'e2', position: 2, amount: 5 }));
    expect(await journal.reported()).toHaveLength(2);
  });
});

describe('the database itself', () => {
  const insert = `with entry as (
      insert into journal_entries (id, time, cause, cause_id, memo, account_id, customer_id, position, lines)
      values ('x', now(), 'TOP_UP', '', '', 'a', 'c', 1, 2) returning id)
    insert into journal_lines (entry_id, position, ledger, account_id, currency, amount)`;

  test.each([
    ['an unbalanced entry', `${insert} select id, n, 'CASH', '', 'KRW', n from entry, generate_series(1, 2) as n`],
    ['an entry without lines', `${insert} select id, 1, 'CASH', '', 'KRW', 1 from entry where false`],
    ['a line of a customer ledger without account', `${insert} select id, 1, 'PREPAID', '', 'KRW', 1 from entry`],
    ['half a won', `${insert} select id, 1, 'CASH', '', 'KRW', 0.5 from entry`],
  ])('refuses %s', async (_name, sql) => {
    await expect(journal.database.query(sql)).rejects.toMatchObject({ code: '23514' });
  });

  test('refuses to change the journal or its sums, and to add lines to an entry', async () => {
    await journal.handle(movement({ id: 'e1', position: 1, amount: 5 }));
    for (const sql of [
      'update journal_lines set amount = amount * 2',
      'delete from journal_entries',
      'truncate journal_lines cascade',
      'update journal_sums set debit = 0',
      'delete from journal_days',
    ]) {
      await expect(journal.database.query(sql)).rejects.toMatchObject({ code: '23001' });
    }
    const more = `insert into journal_lines (entry_id, position, ledger, account_id, currency, amount)
      values ('e1', 8, 'CASH', '', 'KRW', 5), ('e1', 9, 'REVENUE', '', 'KRW', -5)`;
    await expect(journal.database.query(more)).rejects.toMatchObject({ code: '23514' });
  });
});

describe('the trial balance', () => {
  test('of any time is that of the entries before it', async () => {
    const times = ['2026-11-29T23:59:59.999Z', '2026-11-30T00:00:00Z', '2026-11-30T12:00:00Z', '2026-12-02T08:00:00Z'];
    for (const [index, time] of times.entries()) {
      const amount = index === 2 ? -10 : 100;
      await journal.handle(movement({ position: index + 1, amount, time: at(time) }));
    }
    const of = async (time: string) => {
      const { currencies = [], entries: count, balanced } = await trialBalanceAt(journal.database, at(time));
      const prepaid = currencies[0]?.ledgers?.find(({ ledger }) => ledger === Ledger.PREPAID)?.balance?.amount;
      expect(balanced).toBe(true);
      return [count, prepaid];
    };
    expect(await of('2026-11-29T23:59:59.999Z')).toEqual([0n, undefined]);
    expect(await of('2026-11-30T00:00:00Z')).toEqual([1n, '-100']);
    expect(await of('2026-11-30T12:00:00Z')).toEqual([2n, '-200']);
    expect(await of('2026-11-30T12:00:00.001Z')).toEqual([3n, '-190']);
    expect(await of('2026-12-01T00:00:00Z')).toEqual([3n, '-190']);
    expect(await of('2027-01-01T00:00:00Z')).toEqual([4n, '-290']);
  });

  test('is exact beyond what sixty-four bits hold, and currencies stay apart', async () => {
    const most = 10n ** 18n - 1n;
    for (let position = 1; position <= 12; position++) await journal.handle(movement({ position, amount: most }));
    const cents = { account: 'dollars', currency: 'USD', position: 1, amount: 7 };
    await journal.handle(movement(cents));
    const { currencies, balanced } = await trialBalanceAt(journal.database, later);
    expect(balanced).toBe(true);
    expect(currencies).toMatchObject([
      { currency: 'KRW', debit: { amount: String(12n * most) }, credit: { amount: String(12n * most) } },
      { currency: 'USD', debit: { amount: '7.00' }, credit: { amount: '7.00' } },
    ]);
  });
});

test('entries are listed newest first, page by page, each once', async () => {
  const time = at('2026-11-05T03:00:00Z');
  for (let position = 1; position <= 7; position++) await journal.handle(movement({ position, amount: 1, time }));
  const list = listJournalEntries(journal.database);
  const seen: (string | undefined)[] = [];
  let pageToken = '';
  do {
    const page = await list({ accountId: '', customerId: '', pageSize: 3, pageToken } as never);
    seen.push(...page.journalEntries.map(({ id }) => id));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  expect(seen).toHaveLength(7);
  expect(seen).toEqual([...new Set(seen)].sort().reverse());
  const broken = Buffer.from('["one"]').toString('base64url');
  await expect(list({ accountId: '', customerId: '', pageSize: 3, pageToken: broken } as never)).rejects.toMatchObject({
    reason: 'PAGE_TOKEN_INVALID',
  });
});
