import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AccountKind } from '#proto/billing/v1/account';
import { BalanceCause, Ledger } from '#proto/billing/v1/entry';
import { LedgerService } from '#proto/billing/v1/ledger_service';
import { Database } from '#shared/database/database';
import { migrate } from '#shared/database/migrate';
import { newId } from '#shared/ids';
import { Clients } from '#shared/rpc/call';
import type { RoleName } from '#shared/rpc/identity';
import { freshDatabase } from '#test/harness/database';
import { ledgerService } from '../../services/billing/ledger/rpc/ledgerService.ts';
import { agree } from '../../services/settlement/journal/domain/totals.ts';
import { ownBook } from '../../services/settlement/journal/store/ownBook.ts';
import { Journal, movement } from '../../services/settlement/journal/testing.ts';
import { billingBook } from '../../services/settlement/journal/worker/billingBook.ts';
import { serveOn } from './serving.ts';

/** What one service says of its journal and the other understands must be the same, to the last byte of the digest. */
const stack = new AsyncDisposableStack();
let billing: Database;
let settlement: Journal;
let address: string;
const clientOf = (role: RoleName) => stack.use(new Clients({ billing: address }, async () => role)).get(LedgerService);
const theirs = () => billingBook(() => clientOf('service'));
const ours = () => ownBook(settlement.database);

const time = new Date('2026-11-05T03:00:00.123Z');
const span = { start: new Date('2026-11-01T00:00:00Z'), end: new Date('2026-12-01T00:00:00Z') };
const many = 1_200;
const ids = Array.from({ length: many }, () => newId());

beforeAll(async () => {
  billing = stack.use(new Database(stack.use(await freshDatabase('billing')).url));
  settlement = stack.use(await Journal.open());
  await migrate(billing, [
    ...['outbox', 'rpc'].map((name) => ({
      name: `shared/${name}`,
      folder: new URL(`../../services/shared/${name}/migrations`, import.meta.url),
    })),
    { name: 'billing', folder: new URL('../../services/billing/migrations', import.meta.url) },
  ]);
  const authenticate = async (metadata: { get(key: string): unknown[] }) => {
    const role = String(metadata.get('authorization')[0]).replace('Bearer ', '') as RoleName;
    return { caller: { subject: 'test', roles: new Set([role]) } };
  };
  ({ address } = stack.use(await serveOn([ledgerService(billing)], authenticate)));
  await billing.query(`insert into accounts (id, customer_id, currency, kind, create_time) values
    ('purse', 'purse-owner', 'KRW', 'PREPAID', now()), ('dollars', 'kim', 'USD', 'PREPAID', now()),
    ('bills', 'kim', 'KRW', 'POSTPAID', now())`);
  for (const [index, id] of ids.entries()) await topUp('purse', id, index + 1, 500, 'KRW');
  await topUp('dollars', newId(), 1, 7, 'USD');
  await invoice(newId(), 1);
});
afterAll(() => stack.disposeAsync());

type NewLine = [ledger: string, account: string | null, currency: string, amount: number];

/** Posts as billing does: an entry comes with all its lines, and says where the account stands then. */
async function post(id: string, cause: string, position: number, balance: number, lines: NewLine[]) {
  await billing.query(
    `with entry as (
       insert into journal_entries (id, time, cause_kind, cause_id, memo) values ($1::uuid, $2, $3, $1::uuid::text, 'memo')
     )
     insert into journal_lines (entry_id, position, ledger, account_id, currency, amount, account_position, account_balance)
     select $1::uuid, line.position - 1, ledger, account_id, currency, amount,
       case when account_id is not null then $4::bigint end, case when account_id is not null then $5::bigint end
     from unnest($6::text[], $7::text[], $8::text[], $9::bigint[]) with ordinality
       as line (ledger, account_id, currency, amount, position)`,
    [id, time, cause, position, balance, ...[0, 1, 2, 3].map((column) => lines.map((line) => line[column]))],
  );
}

async function topUp(account: string, id: string, position: number, minor: number, currency: string) {
  await post(id, 'TOP_UP', position, position * minor, [
    ['PREPAID', account, currency, -minor],
    ['CASH', null, currency, minor],
  ]);
  const amount = currency === 'USD' ? minor / 100 : minor;
  await settlement.handle(movement({ id, account, position, amount, currency, time }));
}

async function invoice(id: string, position: number) {
  await post(id, 'INVOICE', position, 1_100, [
    ['RECEIVABLE', 'bills', 'KRW', 1_100],
    ['REVENUE', null, 'KRW', -1_000],
    ['TAX', null, 'KRW', -100],
  ]);
  const won = (minor: number) => ({ currency: 'KRW', amount: String(minor) });
  await settlement.handle({
    account: { id: 'bills', customerId: 'kim', currency: 'KRW', kind: AccountKind.POSTPAID },
    cause: BalanceCause.INVOICE,
    causeId: id,
    entry: {
      id,
      accountId: 'bills',
      position: BigInt(position),
      time: timestampFromDate(time),
      cause: BalanceCause.INVOICE,
      causeId: id,
      amount: won(1_100),
    },
    lines: [
      { ledger: Ledger.RECEIVABLE, accountId: 'bills', amount: won(1_100) },
      { ledger: Ledger.REVENUE, amount: won(-1_000) },
      { ledger: Ledger.TAX, amount: won(-100) },
    ],
  });
}

describe('billing’s ledger and settlement’s journal', () => {
  test('agree in entries, sums and digest', async () => {
    const [their, our] = [await theirs().totals(span), await ours().totals(span)];
    expect(their.entries).toBe(BigInt(many + 2));
    expect(their.digest).not.toBe(0n);
    expect(their).toMatchObject({ entries: our.entries, digest: our.digest });
    expect(their.sums).toContainEqual({ ledger: 'CASH', currency: 'USD', debit: '0.07', credit: '0.00' });
    expect(agree(their, our)).toBe(true);
  });

  test('list the same entries in the same order, over many pages of one millisecond', async () => {
    const [their, our] = [await Array.fromAsync(theirs().entries(span)), await Array.fromAsync(ours().entries(span))];
    expect(their).toHaveLength(many + 2);
    expect(our.map(({ id, time, cause, causeId, lines }) => ({ id, time, cause, causeId, lines }))).toEqual(their);
  });

  test('find entries by id and the first one', async () => {
    const wanted = [ids[3] ?? '', ids[700] ?? '', newId(), 'no-uuid'];
    expect([...(await theirs().byId(wanted)).keys()].sort()).toEqual(wanted.slice(0, 2).sort());
    expect([...(await theirs().byId(['no-uuid'])).keys()]).toEqual([]);
    expect(await theirs().first()).toEqual(time);
  });

  test('a span begins with its start and ends before its end', async () => {
    const after = new Date(time.getTime() + 1);
    expect((await theirs().totals({ start: time, end: after })).entries).toBe(BigInt(many + 2));
    for (const empty of [
      { start: span.start, end: time },
      { start: after, end: span.end },
    ]) {
      expect(await theirs().totals(empty)).toEqual({ entries: 0n, digest: 0n, sums: [] });
      expect(await ours().totals(empty)).toEqual({ entries: 0n, digest: 0n, sums: [] });
    }
  });
});

describe('LedgerService', () => {
  const endTime = timestampFromDate(span.end);

  test.each(['operator', 'customer'] as const)('is closed to the role %s', async (role) => {
    await expect(clientOf(role).getLedgerTotals({ endTime })).rejects.toMatchObject({ reason: 'ACCESS_DENIED' });
  });

  test('without a start it counts from the beginning; without an end it refuses', async () => {
    const client = clientOf('service');
    expect((await client.getLedgerTotals({ endTime })).entries).toBe(BigInt(many + 2));
    await expect(client.getLedgerTotals({})).rejects.toMatchObject({ reason: 'INVALID_REQUEST' });
    const pageToken = Buffer.from('["x","y"]').toString('base64url');
    await expect(client.listLedgerEntries({ endTime, pageToken })).rejects.toMatchObject({
      reason: 'PAGE_TOKEN_INVALID',
    });
  });
});
