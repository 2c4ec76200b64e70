import { fromBinary } from '@bufbuild/protobuf';
import { beforeAll, expect, test } from 'vitest';
import { JournalDifferenceFoundSchema } from '#proto/settlement/v1/events';
import { closeMonth } from '../../deploy/local/sample/closeMonth.ts';
import type { Invoice } from '../../deploy/local/sample/resources.ts';
import { until } from '../../deploy/local/sample/until.ts';
import {
  type Account,
  balanceOf,
  type JournalDifference,
  move,
  prepaidAccount,
  reconciled,
  sumsOf,
  type TrialBalance,
  tamper,
} from './books.ts';
import { activeLine, csv, MONTH, newCustomer, openBusiness, record, upload } from './business.ts';
import { eventsOn } from './events.ts';
import { request } from './http.ts';
import { theWorld, type World } from './world.ts';

let world: World;
let purse: Account;
let points: Account;
let invoices: readonly Invoice[];

beforeAll(async () => {
  world = theWorld();
  const api = world.operator;
  const customer = await newCustomer(api);
  purse = await prepaidAccount(api, customer.id, 'KRW');
  points = await prepaidAccount(api, customer.id, 'PTS');
  await move(api, purse, 'topUp', 10_000);
  await move(api, purse, 'pay', 2_500);
  await move(api, purse, 'withdraw', 1_000);
  await move(api, points, 'topUp', 600);
  await move(api, points, 'pay', 100);
  const business = await openBusiness(api);
  const line = await activeLine(api, { customerId: customer.id, offeringId: business.offeringId });
  await upload(api, business, csv([record(line, 50_000_000)]));
  ({ invoices } = await closeMonth(api, { business: business.name, month: MONTH }));
}, 120_000);

interface JournalEntry {
  readonly id: string;
  readonly cause: string;
  readonly causeId: string;
  readonly time: string;
  readonly lines: readonly { readonly ledger: string }[];
}
const entriesOf = (accountId: string) =>
  world.operator.list<JournalEntry>(`/v1/journalEntries?accountId=${accountId}`, 'journalEntries');
const differences = (more = '') =>
  world.operator.list<JournalDifference>(`/v1/journalDifferences${more}`, 'journalDifferences');

test('the trial balance is zero in every currency, and settlement’s books agree with billing’s', async () => {
  expect(invoices).toHaveLength(1);
  const trial = await reconciled(world.operator);
  expect(trial).toMatchObject({ balanced: true, compareTime: expect.any(String) });
  expect(trial.openDifferences ?? 0).toBe(0);
  expect(trial.currencies?.map(({ currency }) => currency)).toEqual(expect.arrayContaining(['KRW', 'PTS']));
  for (const { debit, credit } of trial.currencies ?? []) expect(debit).toEqual(credit);
  expect(await differences()).toEqual([]);
});

test('prepaid liabilities are the accounts’ balances, receivables are the invoices', async () => {
  // Whatever else moves in the mesh meanwhile would be compared with itself of a moment later.
  const { trial, accounts, issued } = await until('a moment in which nothing is posted', 60_000, async () => {
    const trial = await reconciled(world.operator);
    const accounts = await world.operator.list<Account>('/v1/accounts', 'accounts');
    const issued = await world.operator.list<Invoice>('/v1/invoices', 'invoices');
    const { entries } = await reconciled(world.operator);
    return entries === trial.entries ? { trial, accounts, issued } : undefined;
  });
  const balances = (kind: string) =>
    sumsOf(accounts.filter((each) => each.kind === kind).map(({ balance }) => balance));
  for (const [currency, sum] of balances('ACCOUNT_KIND_PREPAID')) {
    expect(balanceOf(trial, 'PREPAID', currency)).toBe(-sum);
  }
  for (const [currency, sum] of balances('ACCOUNT_KIND_POSTPAID')) {
    expect(balanceOf(trial, 'RECEIVABLE', currency)).toBe(sum);
  }
  const invoiced = sumsOf(issued.map(({ total }) => total));
  for (const [currency, sum] of invoiced) expect(balanceOf(trial, 'RECEIVABLE', currency)).toBe(sum);
  expect(invoiced.get('KRW') ?? 0n).toBeGreaterThan(0n);
});

test('every movement is in the journal under what caused it, newest first; a trial balance of then ends there', async () => {
  const causes = (await entriesOf(purse.id)).map(({ cause }) => cause);
  expect(causes).toEqual(['WITHDRAWAL', 'PAYMENT', 'TOP_UP'].map((name) => `BALANCE_CAUSE_${name}`));
  const [invoice] = invoices;
  const [entry] = await entriesOf(invoice?.accountId ?? '');
  expect(entry).toMatchObject({ id: invoice?.id, cause: 'BALANCE_CAUSE_INVOICE', causeId: invoice?.id });
  expect(entry?.lines.map(({ ledger }) => ledger).sort()).toEqual([
    'LEDGER_RECEIVABLE',
    'LEDGER_REVENUE',
    'LEDGER_TAX',
  ]);

  const [payment] = await entriesOf(points.id);
  const at = (time: string) => world.operator.get<TrialBalance>(`/v1/trialBalance?time=${time}`);
  const before = await at(payment?.time ?? '');
  const behind = await at(new Date(Date.parse(payment?.time ?? '') + 1).toISOString());
  expect([before.balanced, behind.balanced]).toEqual([true, true]);
  expect(balanceOf(behind, 'PREPAID', 'PTS') - balanceOf(before, 'PREPAID', 'PTS')).toBe(100n);
});

test('a difference made by hand is named, told once, and over when it is put right', async () => {
  const [, payment, topUp] = await entriesOf(purse.id);
  const changed = payment?.id ?? '';
  const missing = topUp?.id ?? '';
  const unknown = `by-hand-${changed}`;
  await tamper(
    world,
    ['update journal_lines set amount = amount + sign(amount) where entry_id = $1', [changed]],
    ['create table if not exists set_aside as select * from journal_entries where false', []],
    ['insert into set_aside select * from journal_entries where id = $1', [missing]],
    ['delete from journal_entries where id = $1', [missing]],
    [
      `insert into journal_entries select $2, time, cause, cause_id, memo, account_id, customer_id, 99, lines
       from journal_entries where id = $1`,
      [changed, unknown],
    ],
  );
  try {
    expect(await reconciled(world.operator)).toMatchObject({ openDifferences: 3 });
    await reconciled(world.operator);
    const found = await differences();
    expect(found.map(({ entryId, kind }) => [entryId, kind]).sort()).toEqual(
      [
        [changed, 'JOURNAL_DIFFERENCE_KIND_CHANGED'],
        [missing, 'JOURNAL_DIFFERENCE_KIND_MISSING'],
        [unknown, 'JOURNAL_DIFFERENCE_KIND_UNKNOWN'],
      ].sort(),
    );
    const sides = found.find(({ entryId }) => entryId === changed);
    expect(sides?.billing?.map(({ amount }) => amount.amount).sort()).toEqual(['-2500', '2500']);
    expect(sides?.settlement?.map(({ amount }) => amount.amount).sort()).toEqual(['-2501', '2501']);
    for (const id of [changed, missing, unknown]) {
      const subject = `jangbu.settlement.journal.*.v1.${id}`;
      const events = await until(`the event about ${id}`, 15_000, async () => {
        const seen = await eventsOn(world.natsUrl, 'settlement', subject);
        return seen.length > 0 ? seen : undefined;
      });
      expect(events.map(({ data }) => fromBinary(JournalDifferenceFoundSchema, data).difference?.entryId)).toEqual([
        id,
      ]);
    }
  } finally {
    await tamper(
      world,
      ['update journal_lines set amount = amount - sign(amount) where entry_id = $1', [changed]],
      ['insert into journal_entries select * from set_aside', []],
      ['drop table set_aside', []],
      ['delete from journal_entries where id = $1', [unknown]],
    );
  }
  expect((await reconciled(world.operator)).openDifferences ?? 0).toBe(0);
  const gone = (await differences('?showResolved=true')).filter(({ entryId }) =>
    [changed, missing, unknown].includes(entryId),
  );
  expect(gone).toHaveLength(3);
  for (const { resolveTime } of gone) expect(resolveTime).toBeDefined();
});

test('the books are the operator’s, and with billing down they are shown but not compared', async () => {
  const url = `${world.gatewayUrl}/v1/trialBalance`;
  const token = await world.token('customer', 'somebody');
  expect(await request(url, { token })).toMatchObject({ status: 403, reason: 'ACCESS_DENIED' });
  const operator = await world.token('operator');
  await world.mesh.stopService('billing');
  try {
    expect(await request(url, { token: operator })).toMatchObject({ status: 200 });
    const reconcile = `${world.gatewayUrl}/v1/journal:reconcile`;
    expect(await request(reconcile, { method: 'POST', body: '{}', token: operator })).toMatchObject({ status: 503 });
  } finally {
    await world.mesh.startService('billing');
  }
  // The Api tries again what may pass, as the circuit to billing does.
  const trial = await until('billing to answer', 30_000, () => reconciled(world.operator).catch(() => undefined));
  expect(trial).toMatchObject({ balanced: true });
});
