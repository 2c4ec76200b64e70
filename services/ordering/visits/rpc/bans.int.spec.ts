import { expect, test } from 'vitest';
import { CatalogService } from '#proto/ordering/v1/catalog_service';
import { CustomerBannedSchema, CustomerUnbannedSchema } from '#proto/ordering/v1/events';
import { PenaltyState } from '#proto/ordering/v1/penalty';
import { PenaltyService } from '#proto/ordering/v1/penalty_service';
import { VisitState } from '#proto/ordering/v1/visit';
import { Counter } from '../../testing.ts';
import { Booth } from '../testing/booth.ts';
import { insistOnPenalty } from '../testing/insistOnPenalty.ts';

const points = (amount: number) => ({ currency: 'PTS', amount: String(amount) });

test('SMOKE-5 penalties that reach the limit ban: check-in is refused, a release lifts it, both are told', async () => {
  await using booth = await Booth.open();
  const [visitor, area] = [await booth.customer(1_000n), await booth.area({ penaltyPoints: 30n, banThreshold: 90n })];
  const open = await booth.checkIn(visitor, area);
  await booth.penalize(visitor, area);
  await booth.penalize(visitor, area);
  await booth.checkIn(visitor, area);
  const last = await booth.penalize(visitor, area);
  await expect(booth.checkIn(visitor, area)).rejects.toMatchObject({
    reason: 'CUSTOMER_BANNED',
    metadata: { customer_id: visitor, offering_id: area, standing_points: '90', threshold: '90' },
  });
  // Who is there may leave, and has earned it.
  expect(await booth.checkOut(open.id)).toMatchObject({ state: VisitState.CHECKED_OUT });
  const banned = { customerId: visitor, offeringId: area, business: 'booths', banned: true };
  const [told] = await booth.counter.events(CustomerBannedSchema);
  expect(told).toMatchObject({
    ban: { ...banned, standingPoints: points(90), threshold: points(90) },
    offeringName: '부스',
  });
  await booth.penalize(visitor, area);
  expect(await booth.counter.events(CustomerBannedSchema)).toHaveLength(1);
  expect(await booth.standing(visitor)).toEqual({ points: 120n, banned: true });

  await booth.release(last.id);
  await expect(booth.checkIn(visitor, area)).rejects.toMatchObject({ metadata: { standing_points: '90' } });
  const [newest] = await booth.penalties(visitor);
  await booth.release(newest?.id ?? '');
  expect(await booth.checkIn(visitor, area)).toMatchObject({ state: VisitState.CHECKED_IN });
  expect(await booth.counter.events(CustomerUnbannedSchema)).toMatchObject([
    { ban: { ...banned, id: told?.ban?.id, banned: false, standingPoints: points(60) } },
  ]);
  // And again, under the same id.
  await booth.penalize(visitor, area);
  expect((await booth.counter.events(CustomerBannedSchema)).map(({ ban }) => ban?.id)).toEqual([
    told?.ban?.id,
    told?.ban?.id,
  ]);
});

test('SMOKE-5 a ban is one customer’s, from one offering; without a limit nobody is banned', async () => {
  await using booth = await Booth.open();
  const [visitor, other] = [await booth.customer(1_000n), await booth.customer(1_000n)];
  const strict = await booth.area({ penaltyPoints: 90n });
  const lax = await booth.area({ penaltyPoints: 90n, banThreshold: 0n });
  await booth.penalize(visitor, strict);
  await booth.penalize(visitor, lax);
  await booth.penalize(visitor, lax);
  await expect(booth.checkIn(visitor, strict)).rejects.toMatchObject({ reason: 'CUSTOMER_BANNED' });
  await booth.checkIn(visitor, lax);
  await booth.checkIn(other, strict);
});

test('SMOKE-5 changed rules count from the next penalty or release on', async () => {
  await using booth = await Booth.open();
  const [visitor, area] = [await booth.customer(1_000n), await booth.area({ penaltyPoints: 30n, banThreshold: 60n })];
  const change = (banThreshold: bigint) =>
    booth.counter.call(CatalogService, 'updateOffering', { offering: { id: area, visit: { banThreshold } } });
  await booth.penalize(visitor, area);
  await change(30n);
  await booth.checkIn(visitor, area);
  const second = await booth.penalize(visitor, area);
  await change(1_000n);
  await expect(booth.checkIn(visitor, area)).rejects.toMatchObject({ metadata: { threshold: '30' } });
  await booth.release(second.id);
  await booth.checkIn(visitor, area);
});

test('SMOKE-5 however many impose and release at once, in two processes, the standing sum is that of the penalties', async () => {
  await using booth = await Booth.open();
  const addresses = { billing: booth.bank.address, rating: booth.bank.address };
  await using second = await Counter.on(booth.counter.database.url, { addresses });
  const processes = [booth.counter, second];
  const area = await booth.area({ penaltyPoints: 30n, banThreshold: 150n });
  const visitors = [await booth.customer(1_000n), await booth.customer(100n)];
  const imposed = await Promise.all(
    Array.from({ length: 24 }, (_, index) => {
      const customerId = visitors[index % 2] ?? '';
      const counter = processes[(index >> 1) % 2] ?? booth.counter;
      return insistOnPenalty(counter, customerId, area);
    }),
  );
  // Half of them go while as many come.
  await Promise.all(
    imposed.map(async ({ id, customerId }, index) => {
      if (index % 4 > 1) return;
      const counter = processes[index % 2] ?? booth.counter;
      const release = (by: Counter) => by.call(PenaltyService, 'releasePenalty', { penalty: id });
      const [one, , other] = await Promise.allSettled([
        release(booth.counter),
        insistOnPenalty(counter, customerId, area),
        release(second),
      ]);
      // One of the two releases it, whichever that is.
      expect([one.status, other.status].sort()).toEqual(['fulfilled', 'rejected']);
    }),
  );
  await booth.settleAll();
  const turns = await booth.counter.database.query<{ customer: string; type: string }>(
    `select outbox.type, bans.customer_id as customer from outbox join bans on bans.id = aggregate_id
     where aggregate = 'ban' order by position`,
  );
  for (const [index, visitor] of visitors.entries()) {
    const penalties = await booth.penalties(visitor);
    expect(penalties).toHaveLength(18);
    const standing = penalties.filter(({ state }) => state === PenaltyState.IMPOSED);
    const sum = standing.reduce((total, { points: counts }) => total + BigInt(counts?.amount ?? 0), 0n);
    expect(await booth.standing(visitor)).toEqual({ points: sum, banned: sum >= 150n });
    const taken = standing.reduce((total, each) => total + BigInt(each.taken?.amount ?? 0), 0n);
    expect(booth.bank.accounts.get(visitor)).toBe((index === 0 ? 1_000n : 100n) - taken);
    const own = turns.rows.filter(({ customer }) => customer === visitor).map(({ type }) => type.split('.').at(-1));
    for (const [at, type] of own.entries()) expect(type).toBe(at % 2 === 0 ? 'CustomerBanned' : 'CustomerUnbanned');
    expect(own.length % 2 === 1).toBe(sum >= 150n);
  }
});

test('SMOKE-5 a check-in that meets the ban was there first, or is refused', async () => {
  await using booth = await Booth.open();
  const addresses = { billing: booth.bank.address, rating: booth.bank.address };
  await using second = await Counter.on(booth.counter.database.url, { addresses });
  const area = await booth.area({ penaltyPoints: 30n, banThreshold: 30n });
  const { url } = booth.counter.database;
  expect(second.database.url).toBe(url);
  for (let round = 0; round < 6; round++) {
    const visitor = await booth.customer(100n);
    const penalty = insistOnPenalty(second, visitor, area);
    let refused = 0;
    // They keep coming until one is refused, so the ban falls among them.
    while (refused === 0) {
      const outcomes = await Promise.allSettled([1, 2, 3, 4].map(() => booth.checkIn(visitor, area)));
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') continue;
        expect(outcome.reason).toMatchObject({ reason: 'CUSTOMER_BANNED' });
        refused += 1;
      }
    }
    await penalty;
    const { rows } = await booth.counter.database.query<{ behind: bigint }>(
      `select count(*) as behind from outbox join visits on visits.id = aggregate_id
       where aggregate = 'visit' and customer_id = $1 and position > (
         select position from outbox join bans on bans.id = aggregate_id where aggregate = 'ban' and customer_id = $1)`,
      [visitor],
    );
    expect(rows).toEqual([{ behind: 0n }]);
  }
});
