import { randomUUID } from 'node:crypto';
import { type Lived, liveThrough } from '../../deploy/local/sample/activate.ts';
import { Api } from '../../deploy/local/sample/api.ts';
import { closeMonth, mailsOf } from '../../deploy/local/sample/closeMonth.ts';
import { APNS, serviceNumber } from '../../deploy/local/sample/fleet.ts';
import { importUsage } from '../../deploy/local/sample/importUsage.ts';
import { lastFullMonth } from '../../deploy/local/sample/month.ts';
import type { Message } from '../../deploy/local/sample/resources.ts';
import { inParallel, until } from '../../deploy/local/sample/until.ts';
import { usageFile } from '../../deploy/local/sample/usageFile.ts';
import { moment } from '../journeys/business.ts';
import type { World } from '../journeys/world.ts';
import { type EndState, endState, type MonthCustomer } from './endState.ts';

const MONTH = lastFullMonth(new Date());
const ALLOWANCE = '52428800';
/** In percent: whoever uses so much of it is told. */
const SHARES = [50n, 80n, 100n];

/** The stretches of a month in which something can be killed. */
export type Stage = 'activation' | 'import' | 'close' | 'end';

const day = (number: number, time?: string) => new Date(moment(MONTH, number, time));

/** Six lines of three customers, with every kind of change between them. */
const LIVES = [
  { owner: 0, from: 1, changes: [] },
  { owner: 0, from: 11, changes: [{ command: 'terminate', time: day(20, '12:00:00') }] },
  {
    owner: 1,
    from: 1,
    changes: [
      { command: 'suspend', time: day(9) },
      { command: 'resume', time: day(15, '09:30:00') },
    ],
  },
  { owner: 1, from: 3, changes: [] },
  {
    owner: 2,
    from: 1,
    changes: [
      { command: 'terminate', time: day(12) },
      { command: 'restore', time: day(14) },
    ],
  },
  { owner: 2, from: 25, changes: [{ command: 'suspend', time: day(27, '18:00:00') }] },
] as const;

/**
 * Takes a business of its own through one month, as a sensible client does: every step has its own
 * Idempotency-Key, whatever is not answered is asked again, and a file that broke off is sent again whole.
 */
export async function smallMonth(world: World, onStage: (stage: Stage) => void = () => {}): Promise<EndState> {
  const key = randomUUID();
  // With a letter in front, so that it never looks like an invoice's number.
  const business = `iot-x${key.slice(0, 8)}`;
  const api = new Api({ gatewayUrl: world.gatewayUrl, token: () => world.token('operator'), patienceMs: 60_000 });
  const customers = await setUp(api, business, key);
  const first = Number.parseInt(key.slice(0, 6), 16);
  const lines = LIVES.map(({ from, changes }, index): Lived => {
    const activateTime = day(from);
    return {
      serviceNumber: serviceNumber(first * 10 + index),
      apn: APNS.tracker,
      traffic: 'tracker',
      plan: business,
      activateTime,
      changes,
      active: activities(activateTime.getTime(), changes),
    };
  });

  onStage('activation');
  const lineIds = await inParallel(lines, 3, async (line) => {
    const owner = customers[LIVES[lines.indexOf(line)]?.owner ?? 0];
    if (owner === undefined) throw new Error('a line without owner');
    return liveThrough(api, key, line, owner);
  });

  onStage('import');
  await importUsage(api, {
    business,
    source: 'month.csv',
    records: 5_000,
    file: () => usageFile({ records: 5_000, lines, month: MONTH, dirt: 0.05, ids: 'sequential' }),
  });

  await sharesTold(api, customers, lineIds);

  onStage('close');
  const { invoices, settlement } = await closeMonth(api, { business, month: MONTH });
  await mailsOf(api, { business, month: MONTH, invoices });
  onStage('end');
  return endState(world, api, { business, month: MONTH, customers, lineIds, lines, invoices, settlement });
}

/** Waits until everybody has been told how much of the allowance is used. A month that is closed tells nobody any more. */
async function sharesTold(api: Api, customers: readonly MonthCustomer[], lineIds: readonly string[]): Promise<void> {
  const used = await inParallel(lineIds, 3, (line) =>
    api.get<{ totalBytes: string }>(`/v1/lines/${line}/usage?period=${MONTH}`),
  );
  const passed = used.flatMap(({ totalBytes }) =>
    SHARES.filter((share) => BigInt(totalBytes) * 100n >= BigInt(ALLOWANCE) * share),
  );
  await until(`${passed.length} shares of an allowance to be told of`, 60_000, async () => {
    const lists = await inParallel(customers, 3, ({ id }) =>
      api.list<Message>(`/v1/messages?customerId=${id}`, 'messages'),
    );
    const told = lists.flat().filter(({ body }) => body.includes('free in'));
    return told.length >= passed.length ? told : undefined;
  });
}

async function setUp(api: Api, business: string, key: string): Promise<MonthCustomer[]> {
  await api.post(
    '/v1/tariffs',
    {
      id: business,
      displayName: 'plan',
      currency: 'KRW',
      taxRate: '0.1',
      versions: [
        {
          components: [
            { name: 'fee', recurring: { amount: '3900', proration: 'PRORATION_DAILY' } },
            {
              name: 'data',
              metric: 'bytes',
              unit: '1048576',
              allowance: ALLOWANCE,
              graduated: { tiers: [{ upTo: '100', unitPrice: '5.5' }, { unitPrice: '2.75' }] },
            },
          ],
        },
      ],
    },
    `${key}-tariff`,
  );
  const offering = { id: business, business, kind: 'OFFERING_KIND_LINE', displayName: 'line', tariffId: business };
  await api.post('/v1/offerings', offering, `${key}-offering`);
  return inParallel(['a', 'b', 'c'], 1, async (name) => {
    const email = `${name}@${business}.example.com`;
    const phone = `+82-${name.charCodeAt(0)}-${Number.parseInt(key.slice(0, 8), 16)}`;
    const customer = { displayName: `고객 ${name}`, email, phone };
    const { id } = await api.post<{ id: string }>('/v1/customers', customer, `${key}-customer-${name}`);
    // Each of the last customer's lines gets an account, and so an invoice, of its own.
    if (name === 'c') return { id, accountId: '', email, phone };
    const wanted = { customerId: id, currency: 'KRW', kind: 'ACCOUNT_KIND_POSTPAID' };
    const account = await api.post<{ id: string }>('/v1/accounts', wanted, `${key}-account-${name}`);
    return { id, accountId: account.id, email, phone };
  });
}

function activities(since: number, changes: readonly { command: string; time: Date }[]) {
  const active: { start: number; end?: number }[] = [];
  let start: number | undefined = since;
  for (const { command, time } of changes) {
    if (command === 'resume' || command === 'restore') start = time.getTime();
    else if (start !== undefined) {
      active.push({ start, end: time.getTime() });
      start = undefined;
    }
  }
  if (start !== undefined) active.push({ start });
  return active;
}
