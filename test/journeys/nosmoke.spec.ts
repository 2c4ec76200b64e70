import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { Api } from '../../deploy/local/sample/api.ts';
import { until } from '../../deploy/local/sample/until.ts';
import { pageOf, timelineOf } from './mypages.ts';
import { newBuyer, purse } from './store.ts';
import { checkIn, checkOut, newAreas, penalise, penaltiesOf, release, untilEarned } from './visits.ts';
import { theWorld, type World } from './world.ts';

let world: World;
let operator: Api;
let areas: string;
/** An operator's client that repeats nothing. */
let once: Api;

beforeAll(async () => {
  world = theWorld();
  operator = world.operator;
  once = new Api({ gatewayUrl: world.gatewayUrl, token: () => world.token('operator'), patienceMs: 0 });
  areas = await newAreas(operator);
});

test('SMOKE-1 check-out earns points asynchronously, and the visit then shows EARNED', async () => {
  const { customer, account } = await newBuyer(operator, '100', 'PTS');
  const own = await world.customer(customer.id);
  const visit = await checkIn(own, customer.id, areas);
  expect(visit).toMatchObject({ state: 'VISIT_STATE_CHECKED_IN', area: '남문' });
  expect((await checkOut(own, visit)).state).toMatch(/CHECKED_OUT|EARNED/);
  expect(await untilEarned(own, visit)).toMatchObject({ points: { currency: 'PTS', amount: '10' } });
  expect(await purse(own, account.id)).toEqual(['110', '0']);
  await expect(checkOut(own, visit)).rejects.toMatchObject({ status: 400, reason: 'VISIT_STATE_FORBIDS' });
  expect(
    (await own.get<{ history: { state: string }[] }>(`/v1/visits/${visit.id}`)).history.map(({ state }) => state),
  ).toEqual(['VISIT_STATE_CHECKED_IN', 'VISIT_STATE_CHECKED_OUT', 'VISIT_STATE_EARNED']);
});

test('SMOKE-1 who has no account of points yet gets one', async () => {
  const { customer } = await newBuyer(operator, '1000');
  const visit = await checkIn(operator, customer.id, areas);
  await checkOut(operator, visit);
  await untilEarned(operator, visit);
  const accounts = await operator.list<{ currency: string; balance: { amount: string } }>(
    `/v1/accounts?customerId=${customer.id}`,
    'accounts',
  );
  expect(accounts.map(({ currency, balance }) => [currency, balance.amount])).toEqual([
    ['KRW', '1000'],
    ['PTS', '10'],
  ]);
});

test('SMOKE-2 in and out while billing and rating are stopped; the points arrive once they are back', async () => {
  const { customer, account } = await newBuyer(operator, '100', 'PTS');
  await Promise.all(['billing', 'rating'].map((name) => world.mesh.stopService(name)));
  let visits: { id: string }[] = [];
  try {
    for (let count = 0; count < 3; count++) visits = [...visits, await checkIn(operator, customer.id, areas)];
    for (const visit of visits)
      expect(await checkOut(operator, visit)).toMatchObject({ state: 'VISIT_STATE_CHECKED_OUT' });
  } finally {
    await Promise.all(['billing', 'rating'].map((name) => world.mesh.startService(name)));
  }
  for (const visit of visits) await untilEarned(operator, visit, 60_000);
  expect(await purse(operator, account.id)).toEqual(['130', '0']);
});

test('SMOKE-3 points are spent by a synchronous call: no deduction, no payment', async () => {
  const { customer, account } = await newBuyer(operator, '100', 'PTS');
  const own = await world.customer(customer.id);
  const pay = (amount: string) =>
    own.post(`/v1/accounts/${account.id}:pay`, { amount: { currency: 'PTS', amount }, memo: '껌' }, randomUUID());
  expect(await pay('40')).toMatchObject({ balance: { amount: '60' } });
  await expect(pay('61')).rejects.toMatchObject({ status: 400, reason: 'INSUFFICIENT_BALANCE' });
  expect(await purse(own, account.id)).toEqual(['60', '0']);
  expect(await own.list(`/v1/accounts/${account.id}/entries`, 'entries')).toHaveLength(2);
});

test('SMOKE-4 a penalty is an entry in the account of points; if that fails, there is no penalty', async () => {
  const { customer, account } = await newBuyer(operator, '100', 'PTS');
  const own = await world.customer(customer.id);
  const penalty = await penalise(operator, customer.id, areas);
  expect(penalty).toMatchObject({ state: 'PENALTY_STATE_IMPOSED', points: { amount: '30' }, taken: { amount: '30' } });
  expect(await purse(own, account.id)).toEqual(['70', '0']);
  const entries = await own.list<{ cause: string; amount: { amount: string } }>(
    `/v1/accounts/${account.id}/entries`,
    'entries',
  );
  expect(entries).toContainEqual(
    expect.objectContaining({ cause: 'BALANCE_CAUSE_FORFEITURE', amount: { currency: 'PTS', amount: '-30' } }),
  );
  await expect(penalise(own, customer.id, areas)).rejects.toMatchObject({ status: 403 });

  const { customer: without } = await newBuyer(operator, '1000');
  await expect(penalise(once, without.id, areas)).rejects.toMatchObject({ status: 404, reason: 'ACCOUNT_NOT_FOUND' });
  expect(await penaltiesOf(operator, without.id)).toEqual([]);

  await world.mesh.stopService('billing');
  try {
    await expect(penalise(once, customer.id, areas)).rejects.toMatchObject({ status: 503 });
    expect(await penaltiesOf(operator, customer.id)).toHaveLength(1);
  } finally {
    await world.mesh.startService('billing');
  }
  // The attempt that came to nothing does not come to something later.
  await penalise(operator, customer.id, await newAreas(operator, { penaltyPoints: '1' }));
  await until('the penalties that stand to be those in the books', 30_000, async () => {
    const taken = (await penaltiesOf(operator, customer.id)).reduce((sum, each) => sum + Number(each.taken.amount), 0);
    return (await purse(operator, account.id))[0] === String(100 - taken) || undefined;
  });
});

test('SMOKE-5 SMOKE-6 penalties that reach the limit ban; a release lifts the ban; all of it is on my page', async () => {
  const { customer, account } = await newBuyer(operator, '50', 'PTS');
  const own = await world.customer(customer.id);
  const visit = await checkIn(own, customer.id, areas);
  await checkOut(own, visit);
  await untilEarned(own, visit);
  await own.post(`/v1/accounts/${account.id}:pay`, { amount: { currency: 'PTS', amount: '20' } }, randomUUID());
  const first = await penalise(operator, customer.id, areas);
  await checkIn(own, customer.id, areas);
  // 10 points are left, so the second one takes no more; it counts in full.
  expect(await penalise(operator, customer.id, areas)).toMatchObject({
    points: { amount: '30' },
    taken: { amount: '10' },
  });
  await until('the customer to be banned', 20_000, async () => {
    const refused = await checkIn(own, customer.id, areas).then(
      () => undefined,
      (error: { status: number; reason: string }) => error,
    );
    if (refused) expect(refused).toMatchObject({ status: 400, reason: 'CUSTOMER_BANNED' });
    return refused;
  });
  // Another scheme's rules are its own.
  await checkIn(own, customer.id, await newAreas(operator));
  await until('my page to say so', 20_000, async () => (await pageOf(own, customer.id)).banned || undefined);

  expect(await release(operator, first)).toMatchObject({ state: 'PENALTY_STATE_RELEASED' });
  await expect(release(operator, first)).rejects.toMatchObject({ reason: 'PENALTY_STATE_FORBIDS' });
  await checkIn(own, customer.id, areas);
  await until('what was taken to be back', 20_000, async () => (await purse(own, account.id))[0] === '30' || undefined);

  const page = await until('my page to have all of it', 20_000, async () => {
    const now = await pageOf(own, customer.id);
    return now.banned === false && now.balances.some(({ balance }) => balance.amount === '30') ? now : undefined;
  });
  expect(page.penalties.map(({ state }) => state)).toEqual(['PENALTY_STATE_IMPOSED', 'PENALTY_STATE_RELEASED']);
  expect(page.visits.map(({ state }) => state)).toContain('VISIT_STATE_EARNED');
  const told = (await timelineOf(own, customer.id)).map(({ event }) => event);
  for (const event of [
    'VisitStateChanged',
    'BalanceChanged',
    'PenaltyImposed',
    'CustomerBanned',
    'PenaltyReleased',
    'CustomerUnbanned',
  ]) {
    expect(told).toContain(event);
  }
});

test('SMOKE-4 MESH-8 visits and penalties are nobody else’s', async () => {
  const { customer } = await newBuyer(operator, '100', 'PTS');
  const { customer: stranger } = await newBuyer(operator, '100', 'PTS');
  const other = await world.customer(stranger.id);
  const visit = await checkIn(operator, customer.id, areas);
  const penalty = await penalise(operator, customer.id, areas);
  await expect(other.get(`/v1/visits/${visit.id}`)).rejects.toMatchObject({ status: 404, reason: 'VISIT_NOT_FOUND' });
  await expect(checkOut(other, visit)).rejects.toMatchObject({ reason: 'VISIT_NOT_FOUND' });
  await expect(other.get(`/v1/penalties/${penalty.id}`)).rejects.toMatchObject({ reason: 'PENALTY_NOT_FOUND' });
  await expect(release(other, penalty)).rejects.toMatchObject({ status: 403 });
  expect(await other.list('/v1/penalties', 'penalties')).toEqual([]);
  await expect(checkIn(other, customer.id, areas)).rejects.toMatchObject({ reason: 'CUSTOMER_NOT_FOUND' });
});
