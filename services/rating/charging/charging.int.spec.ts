import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ChargingSessionState as State } from '#proto/rating/v1/charging_session';
import { Balances } from '#test/harness/balances';
import { Counter } from './testing/counter.ts';

const won = (amount: number) => ({ currency: 'KRW', amount: String(amount) });
const perUnit = (unitPrice: string, more: object = {}) => ({
  name: 'data',
  metric: 'bytes',
  model: { case: 'perUnit', value: { unitPrice } },
  ...more,
});
const graduated = (...tiers: [upTo: string, unitPrice: string, flat?: string][]) => ({
  name: 'data',
  metric: 'bytes',
  model: {
    case: 'graduated',
    value: { tiers: tiers.map(([upTo, unitPrice, flat = '']) => ({ upTo, unitPrice, flat })) },
  },
});

let balances: Balances;
let counter: Counter;
let account: string;
let number = 0;
let customerId: string;
let session: string;

beforeAll(async () => {
  balances = await Balances.open();
  counter = await Counter.open(balances.address);
});
afterAll(async () => {
  await counter[Symbol.asyncDispose]();
  await balances[Symbol.asyncDispose]();
});
/** A session of a customer of its own, with a tariff of its own. */
beforeEach(() => {
  number += 1;
  customerId = `customer-${number}`;
  session = `session-${number}`;
  balances.trouble = () => 'none';
});
const priced = (components: object[], options?: { taxRate?: string }) => counter.tariff(session, components, options);
const start = async (balance: number, requested: number | string, more: object = {}) => {
  account = await balances.account(customerId, balance);
  return counter.start({ session, customerId, tariffId: session, requested: String(requested), ...more });
};
const standing = () => balances.standing(account);

describe('a session from its start to its end', () => {
  it('reserves what is asked for with tax, pays what was used, releases the rest', async () => {
    await priced([perUnit('10')], { taxRate: '0.1' });
    const opened = await start(5_000, 100);
    expect(opened).toMatchObject({
      state: State.OPEN,
      accountId: account,
      granted: '100',
      used: '0',
      charged: won(0),
      reserved: won(1_100),
      finalGrant: false,
    });
    expect(await standing()).toEqual({ balance: 5_000, reserved: 1_100 });

    const updated = await counter.update(session, 1, 40, 200);
    expect(updated).toMatchObject({
      granted: '240',
      used: '40',
      charged: won(440),
      tax: won(40),
      reserved: won(2_200),
    });
    expect(await standing()).toEqual({ balance: 4_560, reserved: 2_200 });

    const stopped = await counter.stop(session, 2, 100);
    expect(stopped).toMatchObject({
      state: State.STOPPED,
      granted: '140',
      used: '140',
      charged: won(1_540),
      tax: won(140),
    });
    expect(stopped.endTime).toBeDefined();
    expect(await standing()).toEqual({ balance: 3_460, reserved: 0 });
    expect(await counter.get(session)).toEqual(stopped);
    await balances.books.expectSound();
  });

  it('loses no rounding: a hundred reports of a tenth of a won cost ten won', async () => {
    await priced([perUnit('0.1')], { taxRate: '0.1' });
    await start(100, 1);
    for (let sequence = 1; sequence <= 100; sequence++) await counter.update(session, sequence, 1, 1);
    expect(await counter.stop(session, 101)).toMatchObject({ used: '100', charged: won(11), tax: won(1) });
    expect(await standing()).toEqual({ balance: 89, reserved: 0 });
  });

  it('runs tiers, allowance and packages over the whole session', async () => {
    await priced([graduated(['100', '1'], ['', '2'])]);
    await start(1_000, 80);
    await counter.update(session, 1, 80, 80);
    expect(await counter.stop(session, 2, 80)).toMatchObject({ used: '160', charged: won(100 + 120) });
  });

  it('asks nobody for what is free, and grants it to an empty balance', async () => {
    await priced([perUnit('1', { allowance: '50' })]);
    expect(await start(0, 50)).toMatchObject({ granted: '50', reserved: won(0), finalGrant: false });
    expect(await counter.stop(session, 1, 50)).toMatchObject({ used: '50', charged: won(0) });
  });

  it('owes the flat of the first tier also where nothing was used', async () => {
    await priced([graduated(['100', '1', '30'], ['', '2'])]);
    expect(await start(1_000, 10)).toMatchObject({ reserved: won(40) });
    expect(await counter.stop(session, 1)).toMatchObject({ used: '0', charged: won(30) });
    expect(await standing()).toEqual({ balance: 970, reserved: 0 });
  });
});

describe('a balance that does not pay for all', () => {
  it('grants as many whole increments as it pays for, and says that they are the last', async () => {
    await priced([perUnit('1', { increment: '60' })], { taxRate: '0.1' });
    expect(await start(200, 1_000)).toMatchObject({ granted: '180', reserved: won(198), finalGrant: true });
    expect(await counter.update(session, 1, 100, 1_000)).toMatchObject({
      charged: won(132),
      granted: '180',
      finalGrant: true,
    });
    expect(await counter.stop(session, 2, 80)).toMatchObject({ used: '180', charged: won(198) });
    expect(await standing()).toEqual({ balance: 2, reserved: 0 });
  });

  it('grants single units without an increment, to the last affordable one', async () => {
    await priced([perUnit('3')]);
    expect(await start(100, '1000000000000000000000000000000')).toMatchObject({ granted: '33', reserved: won(99) });
  });

  it('refuses a start that pays for no unit, and nothing has begun', async () => {
    await priced([perUnit('3')]);
    await expect(start(2, 10)).rejects.toMatchObject({ reason: 'INSUFFICIENT_BALANCE' });
    await expect(counter.get(session)).rejects.toMatchObject({ reason: 'SESSION_NOT_FOUND' });
    expect(await standing()).toEqual({ balance: 2, reserved: 0 });
    await balances.give(account, 100);
    const request = { session, customerId, tariffId: session, requested: '10' };
    expect(await counter.start(request)).toMatchObject({ granted: '10', reserved: won(30) });
  });

  it('keeps sessions on one balance within it together', async () => {
    await priced([perUnit('1')]);
    await start(250, 100);
    const others = await Promise.all(
      [1, 2, 3].map((each) =>
        counter.start({ session: `${session}-${each}`, customerId, tariffId: session, requested: '100' }).then(
          ({ granted }) => Number(granted),
          ({ reason }) => reason,
        ),
      ),
    );
    expect(others.toSorted()).toEqual([100, 50, 'INSUFFICIENT_BALANCE']);
    expect(await standing()).toEqual({ balance: 250, reserved: 250 });
  });

  it('pays more than was granted as long as the balance does', async () => {
    await priced([perUnit('1')]);
    await start(250, 100);
    expect(await counter.update(session, 1, 160, 50)).toMatchObject({ used: '160', granted: '210', charged: won(160) });
    expect(await standing()).toEqual({ balance: 90, reserved: 50 });
  });

  it('pays as far as the balance goes, says what is unpaid, and collects it once there is money', async () => {
    await priced([perUnit('3')], { taxRate: '0.1' });
    await start(400, 100);
    const refused = counter.update(session, 1, 150, 50);
    await expect(refused).rejects.toMatchObject({ reason: 'SESSION_GRANT_EXCEEDED', metadata: { unpaid: '29' } });
    expect(await standing()).toEqual({ balance: 1, reserved: 0 });
    expect(await counter.get(session)).toMatchObject({
      state: State.OPEN,
      used: '150',
      granted: '150',
      charged: won(399),
    });
    await expect(counter.update(session, 1, 150, 50)).rejects.toMatchObject({ metadata: { unpaid: '29' } });

    await balances.give(account, 1_000);
    expect(await counter.stop(session, 2, 10)).toMatchObject({ used: '160', charged: won(528), tax: won(48) });
    expect(await standing()).toEqual({ balance: 872, reserved: 0 });
    await balances.books.expectSound();
  });

  it('takes a report of more than any balance can pay for', async () => {
    await priced([perUnit('1')]);
    await start(300, 100);
    const refused = counter.update(session, 1, '1000000000000000000000000');
    await expect(refused).rejects.toMatchObject({
      reason: 'SESSION_GRANT_EXCEEDED',
      metadata: { unpaid: '999999999999999999999700' },
    });
    expect(await standing()).toEqual({ balance: 0, reserved: 0 });
  });

  it('refuses a report that cannot be priced, and takes the right one after it', async () => {
    const night = { from: '22:00', to: '06:00', days: [], timeZone: '' };
    await priced([perUnit('1', { metric: 'seconds', timeOfDay: night })]);
    await start(1_000, 10, { metric: 'seconds' });
    await expect(counter.update(session, 1, 400 * 86_400)).rejects.toMatchObject({ reason: 'INVALID_REQUEST' });
    expect(await counter.update(session, 1, 5, 400 * 86_400)).toMatchObject({
      used: '5',
      granted: '5',
      finalGrant: true,
    });
    expect(await counter.stop(session, 2)).toMatchObject({ used: '5', charged: won(0) });
  });

  it('a stop that the balance does not pay for ends the session all the same', async () => {
    await priced([perUnit('1')]);
    await start(100, 100);
    await expect(counter.stop(session, 1, 130)).rejects.toMatchObject({
      reason: 'SESSION_GRANT_EXCEEDED',
      metadata: { unpaid: '30' },
    });
    expect(await counter.get(session)).toMatchObject({ state: State.STOPPED, used: '130', charged: won(100) });
  });
});

describe('reports', () => {
  beforeEach(async () => {
    await priced([perUnit('1')]);
    await start(1_000, 100);
  });

  it('the same again is answered the same, and charges nothing twice', async () => {
    const first = await counter.update(session, 1, 60, 100);
    expect(await counter.update(session, 1, 60, 100)).toEqual(first);
    await counter.update(session, 2, 10, 100);
    expect(await counter.update(session, 1, 60, 100)).toEqual(first);
    const again = { session, customerId, tariffId: session, requested: '100' };
    expect(await counter.start(again)).toMatchObject({ used: '0', reserved: won(100) });
    const stopped = await counter.stop(session, 3, 5);
    expect(await counter.stop(session, 3, 5)).toEqual(stopped);
    expect(await standing()).toEqual({ balance: 925, reserved: 0 });
  });

  it('takes them in their order, and says which is the next', async () => {
    await expect(counter.update(session, 2, 1)).rejects.toMatchObject({
      reason: 'SESSION_SEQUENCE_INVALID',
      metadata: { expected: '1' },
    });
    await counter.update(session, 1, 1);
    await expect(counter.update(session, 1, 2)).rejects.toMatchObject({ metadata: { expected: '2' } });
    await expect(counter.start({ session, requested: '5', tariffId: session })).rejects.toMatchObject({
      reason: 'ID_TAKEN',
    });
    await expect(counter.update('nobody', 1, 1)).rejects.toMatchObject({ reason: 'SESSION_NOT_FOUND' });
  });

  it('many of one at the same time happen once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => counter.update(session, 1, 60, 100)));
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(await standing()).toEqual({ balance: 940, reserved: 100 });
  });

  it('after the end there is none', async () => {
    await counter.stop(session, 1, 5);
    await expect(counter.update(session, 2, 1)).rejects.toMatchObject({
      reason: 'SESSION_ENDED',
      metadata: { state: 'STOPPED' },
    });
  });
});

describe('a lost stop', () => {
  it('ends the session when its time is over: what was reported is paid, the rest released', async () => {
    await priced([perUnit('1')]);
    await start(1_000, 100, { holdFor: { seconds: 60n, nanos: 0 } });
    await counter.update(session, 1, 30, 100);
    counter.now = new Date(counter.now.getTime() + 59_000);
    await counter.settleAll();
    expect(await counter.get(session)).toMatchObject({ state: State.OPEN });
    counter.now = new Date(counter.now.getTime() + 1_000);
    await expect(counter.stop(session, 2, 5)).rejects.toMatchObject({
      reason: 'SESSION_ENDED',
      metadata: { state: 'EXPIRED' },
    });
    await counter.settleAll();
    expect(await counter.get(session)).toMatchObject({
      state: State.EXPIRED,
      used: '30',
      granted: '30',
      charged: won(30),
    });
    expect(await standing()).toEqual({ balance: 970, reserved: 0 });
    await expect(counter.update(session, 2, 5)).rejects.toMatchObject({ reason: 'SESSION_ENDED' });
  });

  it('a reservation that has run out meanwhile is made up for by a debit', async () => {
    await priced([perUnit('1')]);
    await start(1_000, 100);
    balances.books.now = new Date(balances.books.now.getTime() + 7 * 86_400_000);
    expect(await counter.stop(session, 1, 70)).toMatchObject({ charged: won(70) });
    expect(await standing()).toMatchObject({ balance: 930 });
  });
});

describe('billing out of reach', () => {
  it('a start says so, and goes on when it is sent again', async () => {
    await priced([perUnit('1')]);
    balances.trouble = () => 'away';
    await expect(start(1_000, 100)).rejects.toMatchObject({ reason: 'DEPENDENCY_UNAVAILABLE' });
    await expect(counter.get(session)).rejects.toMatchObject({ reason: 'SESSION_NOT_FOUND' });
    balances.trouble = () => 'none';
    await counter.settleAll();
    const request = { session, customerId, tariffId: session, requested: '100' };
    expect(await counter.start(request)).toMatchObject({ state: State.OPEN, reserved: won(100) });
    expect(await standing()).toEqual({ balance: 1_000, reserved: 100 });
  });

  it('a start that nobody asks about again expires, and ties nothing up', async () => {
    await priced([perUnit('1')]);
    balances.trouble = () => 'answer lost';
    await expect(start(1_000, 100)).rejects.toMatchObject({ reason: 'DEPENDENCY_UNAVAILABLE' });
    balances.trouble = () => 'none';
    counter.now = new Date(counter.now.getTime() + 3_600_000);
    await counter.settleAll();
    await counter.settleAll();
    expect(await counter.get(session)).toMatchObject({ state: State.EXPIRED, charged: won(0) });
    expect(await standing()).toEqual({ balance: 1_000, reserved: 0 });
  });

  it.each(['away', 'answer lost'] as const)('a report is kept and paid once: %s', async (trouble) => {
    await priced([perUnit('1')]);
    await start(1_000, 100);
    balances.trouble = () => trouble;
    await expect(counter.update(session, 1, 60, 100)).rejects.toMatchObject({ reason: 'DEPENDENCY_UNAVAILABLE' });
    await expect(counter.update(session, 2, 60, 100)).rejects.toMatchObject({ reason: 'SESSION_SEQUENCE_INVALID' });
    balances.trouble = () => 'none';
    await counter.settleAll();
    expect(await counter.update(session, 1, 60, 100)).toMatchObject({
      used: '60',
      charged: won(60),
      reserved: won(100),
    });
    expect(await standing()).toEqual({ balance: 940, reserved: 100 });
    await balances.books.expectSound();
  });
});

describe('a tariff that changes in mid-session', () => {
  it('prices units by the version in force when they were granted, and its tiers run on', async () => {
    await priced([graduated(['100', '1'], ['', '2'])]);
    await start(10_000, 80);
    await counter.tariff(session, [graduated(['100', '10'], ['', '20'])], { since: counter.now });
    // Granted before, so at 1; the next ones at 10 up to the hundredth, then at 20.
    expect(await counter.update(session, 1, 80, 40)).toMatchObject({ charged: won(80), reserved: won(200 + 400) });
    expect(await counter.stop(session, 2, 40)).toMatchObject({ used: '120', charged: won(80 + 600) });
  });

  it('grants nothing more by a version that charges no session, and what was used is paid', async () => {
    await priced([perUnit('1')]);
    await start(1_000, 80);
    await counter.tariff(session, [perUnit('1', { metric: 'seconds' })], { since: counter.now });
    expect(await counter.update(session, 1, 50, 50)).toMatchObject({
      charged: won(50),
      granted: '50',
      finalGrant: true,
    });
  });
});

describe('refusals', () => {
  it.each([
    ['a tariff that nobody knows', { tariffId: 'none' }, 'TARIFF_NOT_FOUND'],
    ['a metric without a price', { metric: 'meters' }, 'TARIFF_INVALID'],
    ['no units', { requested: '0.0' }, 'INVALID_REQUEST'],
    ['a start on another day', { startTime: { seconds: 0n, nanos: 0 } }, 'INVALID_REQUEST'],
    ['somebody else’s account', { accountId: 'other' }, 'ACCOUNT_NOT_FOUND'],
    ['a customer without an account', { customerId: 'nobody' }, 'ACCOUNT_NOT_FOUND'],
  ])('%s', async (_what, wrong, reason) => {
    await priced([perUnit('1')]);
    if ('accountId' in wrong) wrong.accountId = await balances.account('somebody-else', 100);
    await expect(start(1_000, 10, wrong)).rejects.toMatchObject({ reason });
    await expect(counter.get(session)).rejects.toMatchObject({ reason: 'SESSION_NOT_FOUND' });
  });

  it('of two tiers of volume the second of which makes everything cheaper', async () => {
    const tiers = [{ upTo: '10', unitPrice: '10' }, { unitPrice: '5' }];
    await priced([{ name: 'data', metric: 'bytes', model: { case: 'volume', value: { tiers } } }]);
    await expect(start(1_000, 10)).rejects.toMatchObject({ reason: 'TARIFF_INVALID' });
  });
});
