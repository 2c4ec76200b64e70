import { randomUUID } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import type { Line, Order, UsageFile } from '../../deploy/local/sample/resources.ts';
import { until } from '../../deploy/local/sample/until.ts';
import {
  activeLine,
  type Business,
  change,
  csv,
  ended,
  MONTH,
  newCustomer,
  newServiceNumber,
  openBusiness,
  record,
  upload,
} from './business.ts';
import { eventNames } from './events.ts';
import { theWorld, type World } from './world.ts';

let world: World;
beforeAll(() => {
  world = theWorld();
});

/** A line in service of a customer of its own. */
async function lineOf(business: Business): Promise<{ line: Line; phone: string }> {
  const { id: customerId, phone } = await newCustomer(world.operator);
  const line = await activeLine(world.operator, {
    customerId,
    offeringId: business.offeringId,
    serviceNumber: newServiceNumber(),
  });
  return { line, phone };
}

/** The texts about a line's usage, once there are so many. */
async function textsAbout(phone: string, words: RegExp, count: number): Promise<string[]> {
  const find = async () =>
    (await world.textMessagesTo(phone)).map(({ text }) => text).filter((text) => words.test(text));
  await until(`${count} messages to ${phone}`, 30_000, async () => ((await find()).length >= count ? true : undefined));
  return find();
}

test('IOT-6 50, 80 and 100 % of an allowance are told by SMS, once each, also when the file is sent again', async () => {
  const business = await openBusiness(world.operator, { allowance: '1000000' });
  const { line, phone } = await lineOf(business);
  const free = /has free/;
  await upload(world.operator, business, csv([record(line, 490_000)]));
  const half = csv([record(line, 10_000)]);
  await upload(world.operator, business, half);
  expect(await textsAbout(phone, free, 1)).toEqual([
    `[Jangbu] ${line.serviceNumber}: 50 % of what data has free in ${MONTH} is used (500,000 of 1,000,000 bytes).`,
  ]);
  const again = await upload(world.operator, business, half);
  expect(again).toMatchObject({ duplicate: '1' });
  await upload(world.operator, business, csv([record(line, 500_000), record(line, 7)]));
  const texts = await textsAbout(phone, free, 3);
  expect(texts.slice(1)).toEqual([
    `[Jangbu] ${line.serviceNumber}: 80 % of what data has free in ${MONTH} is used (1,000,007 of 1,000,000 bytes).`,
    `[Jangbu] ${line.serviceNumber}: all of what data has free in ${MONTH} is used (1,000,007 of 1,000,000 bytes).`,
  ]);
  await upload(world.operator, business, csv([record(line, 500_000)]));
  const told = (await eventNames(world.natsUrl, 'rating', 'account', line.id)).filter((name) => /Threshold/.test(name));
  expect(told).toHaveLength(3);
});

test('IOT-2 IOT-6 a line that reaches its spending limit is suspended; resumed, it can be used again', async () => {
  const business = await openBusiness(world.operator, { unit: '1', tiers: [{ unitPrice: '1' }] });
  const { name, tariffId } = business;
  const spendingLimit = { amount: { currency: 'KRW', amount: '1000' }, suspend: true };
  const limited = { id: `${name}-limited`, business: name, kind: 'OFFERING_KIND_LINE', displayName: name, tariffId };
  await world.operator.post('/v1/offerings', { ...limited, spendingLimit }, randomUUID());
  const { line, phone } = await lineOf({ ...business, offeringId: limited.id });
  await upload(world.operator, business, csv([record(line, 999)]));
  await upload(world.operator, business, csv([record(line, 1)]));

  expect(await textsAbout(phone, /has reached the limit/, 1)).toEqual([
    `[Jangbu] ${line.serviceNumber}: usage of 1,000 KRW in ${MONTH} has reached the limit of 1,000 KRW. The line is being suspended.`,
  ]);
  const suspension = await until('the suspension', 30_000, async () => {
    const orders = await world.operator.list<Order>(`/v1/orders?customerId=${line.customerId}`, 'orders');
    return orders.find(({ action, subjectId }) => action === 'ORDER_ACTION_SUSPEND' && subjectId === line.id);
  });
  expect(await ended(world.operator, suspension.id)).toMatchObject({
    state: 'ORDER_STATE_COMPLETED',
    stateReason: 'SPENDING_LIMIT_REACHED',
  });

  // A minute ahead, which is no future yet.
  const soon = () => new Date(Date.now() + 60_000).toISOString();
  const refused = await upload(world.operator, business, csv([record(line, 5, soon())]));
  expect(refused).toMatchObject({ rejected: '1', rejectionsByReason: { LINE_NOT_ACTIVE: '1' } });
  expect(await change(world.operator, line.id, 'resume')).toMatchObject({ state: 'ORDER_STATE_COMPLETED' });
  const taken: UsageFile = await upload(world.operator, business, csv([record(line, 5, soon())]));
  expect(taken).toMatchObject({ rated: '1' });
  await upload(world.operator, business, csv([record(line, 500)]));
  expect(await world.operator.get(`/v1/lines/${line.id}`)).toMatchObject({ state: 'LINE_STATE_ACTIVE' });
});
