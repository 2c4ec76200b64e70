import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { JournalDifferenceKind as Kind } from '#proto/settlement/v1/journal';
import { createLogger } from '#shared/telemetry/log';
import type { Book } from './domain/book.ts';
import { listJournalDifferences } from './rpc/listJournalDifferences.ts';
import { trialBalanceAt } from './rpc/trialBalance.ts';
import { readComparedTo } from './store/comparison.ts';
import { ownBook } from './store/ownBook.ts';
import { Journal, movement } from './testing.ts';
import { type Comparison, compareNew } from './worker/comparison.ts';
import { horizon } from './worker/horizon.ts';
import { reconcile } from './worker/reconcile.ts';

const lagMs = 60_000;
let now: Date;
let isWaiting: boolean;
let settlement: Journal;
/** Another journal on another database stands for billing's; the contract between them has a suite of its own. */
let billing: Journal;
let listed: number;
let comparison: Comparison;

beforeAll(async () => {
  settlement = await Journal.open();
  billing = await Journal.open();
});
afterAll(async () => {
  await settlement[Symbol.asyncDispose]();
  await billing[Symbol.asyncDispose]();
});
beforeEach(async () => {
  await settlement.empty();
  await billing.empty();
  now = new Date('2026-12-01T00:00:00Z');
  isWaiting = false;
  listed = 0;
  comparison = comparisonWith(ownBook(billing.database), lagMs);
});

function comparisonWith(book: Book, lagMs: number): Comparison {
  const { database } = settlement;
  const counting: Book = {
    ...book,
    async *entries(span) {
      for await (const entry of book.entries(span)) {
        listed += 1;
        yield entry;
      }
    },
  };
  return {
    books: { database, own: ownBook(database), billing: counting, now: () => now },
    horizon: horizon(database, { lagMs, now: () => now, isWaiting: async () => isWaiting }),
    lagMs,
    log: createLogger('settlement', 'silent'),
  };
}

const old = new Date('2026-11-05T03:00:00Z');
const both = async (...events: ReturnType<typeof movement>[]) => {
  await billing.handle(...events);
  await settlement.handle(...events);
};
const differences = async (showResolved = false) =>
  (await listJournalDifferences(settlement.database)({ showResolved, pageSize: 0, pageToken: '' } as never))
    .journalDifferences;
const named = async () => (await differences()).map(({ entryId, kind }) => [entryId, kind]).sort();
const reported = async () => (await settlement.reported()).map((each) => [each?.entryId, each?.kind]);
const forget = (id: string) =>
  settlement.tamper(
    `with gone as (delete from journal_lines where entry_id = '${id}') delete from journal_entries where id = '${id}'`,
  );

describe('comparing with billing’s ledger', () => {
  test('books that agree have no difference, and it is known up to when they do', async () => {
    await both(movement({ position: 1, amount: 500, time: old }), movement({ position: 2, amount: -20, time: old }));
    await compareNew(comparison);
    expect(await differences()).toEqual([]);
    expect(await readComparedTo(settlement.database)).toEqual(new Date('2026-11-30T23:59:00Z'));
    expect(listed).toBe(0);
  });

  test('empty books are compared without ado', async () => {
    await compareNew(comparison);
    await reconcile(comparison, { until: new Date() });
    expect(await differences()).toEqual([]);
  });

  test('missing, unknown and changed entries are named with both sides’ lines, reported once, and resolved when gone', async () => {
    await both(movement({ id: 'same', position: 1, amount: 500, time: old }));
    const missing = movement({ id: 'missing', account: 'b', position: 1, amount: 7, time: old });
    await billing.handle(missing);
    const unknown = movement({ id: 'unknown', account: 'c', position: 1, amount: 7, time: old });
    await settlement.handle(unknown);
    await both(movement({ id: 'changed', account: 'd', position: 1, amount: 9, time: old }));
    await settlement.tamper("update journal_lines set amount = amount * 2 where entry_id = 'changed'");
    await compareNew(comparison);
    const expected = [
      ['changed', Kind.CHANGED],
      ['missing', Kind.MISSING],
      ['unknown', Kind.UNKNOWN],
    ];
    expect(await named()).toEqual(expected);
    const [changed] = (await differences()).filter(({ entryId }) => entryId === 'changed');
    expect(changed?.billing.map(({ amount }) => amount?.amount)).toEqual(['-9', '9']);
    expect(changed?.settlement.map(({ amount }) => amount?.amount)).toEqual(['-18', '18']);

    await compareNew(comparison);
    await reconcile(comparison, { until: new Date() });
    expect((await reported()).sort()).toEqual(expected);
    expect((await trialBalanceAt(settlement.database, now)).openDifferences).toBe(3);

    await settlement.handle(missing);
    await settlement.tamper("update journal_lines set amount = div(amount, 2) where entry_id = 'changed'");
    now = new Date(now.getTime() + 1_000);
    await compareNew(comparison);
    expect(await named()).toEqual([['unknown', Kind.UNKNOWN]]);
    expect((await differences(true)).filter(({ resolveTime }) => resolveTime)).toHaveLength(2);
    expect(await reported()).toHaveLength(3);

    await forget('missing');
    await reconcile(comparison, { until: new Date() });
    expect(await named()).toEqual([
      ['missing', Kind.MISSING],
      ['unknown', Kind.UNKNOWN],
    ]);
    expect(await reported()).toHaveLength(4);
  });

  test('errors that cancel out in every sum are found all the same', async () => {
    await both(
      movement({ id: 'a', position: 1, amount: 5, time: old }),
      movement({ id: 'b', position: 2, amount: 9, time: old }),
    );
    await settlement.tamper(
      "update journal_lines set entry_id = case entry_id when 'a' then 'b' else 'a' end, position = position + 2",
    );
    await compareNew(comparison);
    expect(await named()).toEqual([
      ['a', Kind.CHANGED],
      ['b', Kind.CHANGED],
    ]);
  });

  test('an entry at another time is one that has changed, not one missing and one unknown', async () => {
    await both(movement({ id: 'moved', position: 1, amount: 5, time: old }));
    await settlement.tamper("update journal_entries set time = time + interval '1 year' where id = 'moved'");
    now = new Date('2028-01-01T00:00:00Z');
    await compareNew(comparison);
    expect(await named()).toEqual([['moved', Kind.CHANGED]]);
    expect(await reported()).toHaveLength(1);
  });

  test('an entry out of order is resolved once the gap is filled', async () => {
    const events = [1, 2, 3].map((position) => movement({ id: `e${position}`, position, amount: 5, time: old }));
    await billing.handle(...events);
    const [first, second, third] = events;
    if (!first || !second || !third) throw new Error('three events');
    await settlement.handle(first, third);
    await compareNew(comparison);
    expect(await named()).toEqual([
      ['e2', Kind.MISSING],
      ['e3', Kind.OUT_OF_ORDER],
    ]);
    await settlement.handle(second);
    now = new Date(now.getTime() + 1_000);
    await compareNew(comparison);
    expect(await differences()).toEqual([]);
  });
});

describe('what may still be under way', () => {
  const young = () =>
    movement({ id: 'young', account: 'y', position: 1, amount: 5, time: new Date(now.getTime() - 1_000) });

  test('is no difference yet, and one once it is older than the lag', async () => {
    await both(movement({ position: 1, amount: 5, time: old }));
    await billing.handle(young());
    await compareNew(comparison);
    expect(await differences()).toEqual([]);
    now = new Date(now.getTime() + lagMs);
    await compareNew(comparison);
    expect(await named()).toEqual([['young', Kind.MISSING]]);
  });

  test('a backlog is not taken for lost entries, however old they are', async () => {
    await both(movement({ position: 1, amount: 5, time: old }));
    await billing.handle(
      movement({ account: 'b', position: 1, amount: 5, time: new Date(old.getTime() + 10 * lagMs) }),
    );
    isWaiting = true;
    await compareNew(comparison);
    expect(await differences()).toEqual([]);
    isWaiting = false;
    await compareNew(comparison);
    expect(await differences()).toHaveLength(1);
  });

  test('an entry that became visible late is still compared', async () => {
    await both(movement({ position: 1, amount: 5, time: old }));
    await compareNew(comparison);
    await billing.handle(
      movement({ id: 'late', account: 'b', position: 1, amount: 5, time: new Date(now.getTime() - lagMs - 1_000) }),
    );
    now = new Date(now.getTime() + 15_000);
    await compareNew(comparison);
    expect(await named()).toEqual([['late', Kind.MISSING]]);
  });

  test('reconciling waits for it and finds it there', async () => {
    const event = young();
    await billing.handle(event);
    const reconciled = reconcile(comparison, { until: new Date(Date.now() + 30_000) });
    await settlement.handle(event);
    await reconciled;
    expect(await differences(true)).toEqual([]);
    expect(await readComparedTo(settlement.database)).toEqual(new Date(now.getTime() + 1));
  });

  test('reconciling names it when it has become too old for that', async () => {
    await billing.handle(young());
    const moving = comparisonWith(ownBook(billing.database), 500);
    now = new Date(now.getTime() - 600);
    const start = Date.now();
    const began = now.getTime();
    moving.books.now = () => new Date(began + Date.now() - start);
    moving.horizon = horizon(settlement.database, { lagMs: 500, now: moving.books.now, isWaiting: async () => false });
    await reconcile(moving, { until: new Date(Date.now() + 30_000) });
    expect(await named()).toEqual([['young', Kind.MISSING]]);
  });

  test('a call that has no time left answers without judging it', async () => {
    await billing.handle(young());
    await reconcile(comparison, { until: new Date() });
    expect(await differences()).toEqual([]);
    expect(await readComparedTo(settlement.database)).toEqual(new Date(now.getTime() - 1_000));
  });
});

test('of many entries only a few are listed where one differs', async () => {
  for (const journal of [billing, settlement]) {
    await journal.database.query(`
      with entry as (
        insert into journal_entries (id, time, cause, cause_id, memo, account_id, customer_id, position, lines)
        select 'e' || lpad(n::text, 6, '0'), '2026-11-01T00:00:00Z'::timestamptz + n * interval '1 second', 'TOP_UP', '', '',
          'a', 'c', n, 2 from generate_series(1, 20000) as n returning id
      ) insert into journal_lines (entry_id, position, ledger, account_id, currency, amount)
      select id, 1, 'CASH', '', 'KRW', 5 from entry union all select id, 2, 'PREPAID', 'a', 'KRW', -5 from entry`);
  }
  await forget('e012345');
  await compareNew(comparison);
  expect(await named()).toEqual([['e012345', Kind.MISSING]]);
  expect(listed).toBeGreaterThan(0);
  expect(listed).toBeLessThanOrEqual(2_000);
});

test('reconciling makes the sums by day follow from the journal again, whichever of the two was tampered with', async () => {
  await both(movement({ id: 'e', position: 1, amount: 5, time: old }), movement({ position: 2, amount: 7, time: now }));
  const trial = () => trialBalanceAt(settlement.database, new Date('2100-01-01T00:00:00Z'));
  const sound = await trial();
  await settlement.tamper('update journal_sums set debit = debit + 1');
  expect((await trial()).balanced).toBe(false);
  await reconcile(comparison, { until: new Date() });
  expect(await trial()).toMatchObject({ currencies: sound.currencies, entries: 2n, balanced: true });

  await settlement.tamper("update journal_lines set amount = 6 where entry_id = 'e' and amount = 5");
  await reconcile(comparison, { until: new Date() });
  expect(await trial()).toMatchObject({ balanced: false, openDifferences: 1 });
  await settlement.tamper("update journal_lines set amount = 5 where entry_id = 'e' and amount = 6");
  now = new Date(now.getTime() + 1_000);
  await reconcile(comparison, { until: new Date() });
  expect(await trial()).toMatchObject({ currencies: sound.currencies, balanced: true, openDifferences: 0 });
});

test('with billing out of reach nothing is judged and nothing is lost', async () => {
  await billing.handle(movement({ id: 'e', position: 1, amount: 5, time: old }));
  const away = async () => {
    throw new Error('out of reach');
  };
  await expect(compareNew(comparisonWith({ ...ownBook(billing.database), totals: away }, lagMs))).rejects.toThrow(
    'reach',
  );
  expect(await readComparedTo(settlement.database)).toBeUndefined();
  await expect(compareNew(comparisonWith({ ...ownBook(billing.database), byId: away }, lagMs))).rejects.toThrow(
    'reach',
  );
  expect(await readComparedTo(settlement.database)).toBeUndefined();
  await compareNew(comparison);
  expect(await named()).toEqual([['e', Kind.MISSING]]);
});

test('one reconciliation at a time', async () => {
  const entered = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<undefined>();
  const first = () => {
    entered.resolve();
    return gate.promise;
  };
  const running = reconcile(comparisonWith({ ...ownBook(billing.database), first }, lagMs), { until: new Date() });
  await entered.promise;
  await expect(reconcile(comparison, { until: new Date() })).rejects.toMatchObject({
    reason: 'RECONCILIATION_IN_PROGRESS',
  });
  gate.resolve(undefined);
  await running;
  await reconcile(comparison, { until: new Date() });
});
