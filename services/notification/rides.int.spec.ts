import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ListMessagesRequestSchema } from '#proto/notification/v1/message_service';
import { RideStateChangedSchema } from '#proto/ordering/v1/events';
import { type RideSchema, RideState } from '#proto/ordering/v1/ride';
import type { CallContext } from '#shared/rpc/context';
import { mailSender } from './delivery/mail.ts';
import { httpSmsSender } from './delivery/sms.ts';
import { getMessage, listMessages } from './rpc/messages.ts';
import { Bench } from './testing.ts';
import { TestMailServer } from './testMailServer.ts';
import { TestSmsProvider } from './testSmsProvider.ts';

let bench: Bench;
let provider: TestSmsProvider;
let mailbox: TestMailServer;
beforeAll(async () => {
  bench = await Bench.open();
});
afterAll(() => bench[Symbol.asyncDispose]());
beforeEach(async () => {
  await bench.clear();
  [provider, mailbox] = await Promise.all([TestSmsProvider.start(), TestMailServer.start()]);
  return async () => {
    await provider[Symbol.asyncDispose]();
    await mailbox[Symbol.asyncDispose]();
  };
});

/** Sends everything that is due, texts and mails. */
async function deliver(): Promise<void> {
  const mail = mailSender({ url: mailbox.url, from: 'no-reply@jangbu.example', connections: 8, timeLimitMs: 3_000 });
  const senders = { SMS: httpSmsSender({ url: provider.url, timeLimitMs: 2_000 }), EMAIL: mail.send };
  for (const channel of ['SMS', 'EMAIL'] as const) await bench.deliverDue(channel, { senders });
  mail.close();
}

const first = { driverId: 'd1', driverName: '이기사', vehicle: '소나타' };
const second = { driverId: 'd2', driverName: '박기사', vehicle: '모닝' };
const later = (minutes: number) => timestampFromDate(new Date(bench.clock.now().getTime() + minutes * 60_000));

type RideInit = Exclude<MessageInitShape<typeof RideSchema>, { $typeName: string }>;

function changed(eventId: string, ride: RideInit, more: { previousState?: RideState; releasedDriverId?: string } = {}) {
  const place = (address: string) => ({ location: { latitude: 37.5, longitude: 127 }, address });
  const whole = { id: 'r1', customerId: 'kim', pickup: place('서울역'), dropoff: place('시청'), ...ride };
  return bench.handle(eventId, RideStateChangedSchema, { ride: whole, offeringName: '스탠다드', ...more });
}

const textsTo = (phone: string) =>
  provider.requests
    .filter(({ to }) => to === phone)
    .map(({ text }) => text.replace(/^\[Jangbu] (Ride from )?(서울역 to 시청: )?/, ''));
const templates = async () =>
  (await bench.messages()).map((row) => [row.event_id, row.template, row.customer_id || row.driver_id]);

test('TAXI-6 every change of a ride reaches who rides, and the drivers what concerns them', async () => {
  await bench.customer('kim', { phone: '010-1', email: 'kim@example.com' });
  await bench.driver('d1', '010-2');
  await bench.driver('d2', '010-3');
  const { REQUESTED, OFFERED, DISPATCHED, IN_PROGRESS, ENDED } = RideState;
  const offerExpireTime = timestampFromDate(new Date('2026-12-01T00:00:15Z'));
  await changed('e1', { state: REQUESTED });
  await changed('e2', { state: OFFERED, ...first, offerExpireTime }, { previousState: REQUESTED });
  await changed('e3', { state: REQUESTED }, { previousState: OFFERED, releasedDriverId: 'd1' });
  await changed('e4', { state: OFFERED, ...second, offerExpireTime }, { previousState: REQUESTED });
  await changed('e5', { state: DISPATCHED, ...second, arrivalTime: later(7) }, { previousState: OFFERED });
  await changed('e6', { state: IN_PROGRESS, ...second }, { previousState: DISPATCHED });
  const paid = { fare: { currency: 'KRW', amount: '9800' }, distanceMeters: 5_230n, durationSeconds: 1_100n };
  await changed('e7', { state: ENDED, ...second, ...paid }, { previousState: IN_PROGRESS });
  await deliver();

  expect(textsTo('010-1')).toEqual([
    'requested. A driver is being looked for.',
    'a driver has been asked.',
    'the driver could not take it. Another one is being looked for.',
    'a driver has been asked.',
    '박기사 (모닝) is on the way and arrives at about 09:07.',
    'you are on board. Have a good ride.',
    'it has ended. The fare of 9,800 KRW is paid.',
  ]);
  expect(textsTo('010-2')).toEqual([
    'A ride for you: 서울역 to 시청. Please answer by 09:00:15.',
    'it is no longer offered to you.',
  ]);
  expect(textsTo('010-3')).toEqual([
    'A ride for you: 서울역 to 시청. Please answer by 09:00:15.',
    'it is yours. You are expected at about 09:07.',
    'it has ended. The fare of 9,800 KRW is paid.',
  ]);
  const [mail] = mailbox.mails;
  expect(mailbox.mails).toHaveLength(1);
  expect(mail).toMatchObject({ to: 'kim@example.com' });
  expect(mail?.raw).toContain('Subject: Receipt for your ride of 2026-12-01: 9,800 KRW');
});

test('TAXI-6 an event is one message of a template, to whomever, however often the event comes', async () => {
  await bench.customer('kim');
  await bench.driver('d1');
  await bench.driver('d2');
  const { OFFERED, ENDED, IN_PROGRESS } = RideState;
  for (const _time of [1, 2]) {
    await changed('e1', { state: OFFERED, ...second }, { previousState: OFFERED, releasedDriverId: 'd1' });
    await changed('e2', { state: ENDED, ...second }, { previousState: IN_PROGRESS });
  }
  expect(await templates()).toEqual([
    ['e1', 'ride-state-changed', 'kim'],
    ['e1', 'ride-offered', 'd2'],
    ['e1', 'ride-state-changed-driver', 'd1'],
    ['e2', 'ride-state-changed', 'kim'],
    ['e2', 'ride-receipt', 'kim'],
    ['e2', 'ride-state-changed-driver', 'd2'],
  ]);
});

test('TAXI-6 a ride that the customer cancels frees the driver, who is told', async () => {
  await bench.customer('kim', { phone: '010-1' });
  await bench.driver('d1', '010-2');
  const previousState = RideState.DISPATCHED;
  await changed('e1', { state: RideState.CANCELLED, ...first }, { previousState, releasedDriverId: 'd1' });
  await deliver();
  expect(textsTo('010-1')).toEqual(['it was cancelled.']);
  expect(textsTo('010-2')).toEqual(['it was cancelled. You are free again.']);
});

test('TAXI-3 TAXI-6 who gets no driver is told to try again', async () => {
  await bench.customer('kim', { phone: '010-1' });
  const stateReason = 'NO_DRIVER_AVAILABLE';
  await changed('e1', { state: RideState.CANCELLED, stateReason }, { previousState: RideState.REQUESTED });
  await deliver();
  expect(provider.requests.map(({ text }) => text)).toEqual([
    '[Jangbu] Ride from 서울역 to 시청: it was cancelled, because no driver was available. Please try again.',
  ]);
});

test('TAXI-6 a driver who is not known yet is waited for, one without a phone number is not reached', async () => {
  await bench.customer('kim', { phone: '010-1' });
  await bench.driver('d2', '');
  await changed('e1', { state: RideState.OFFERED, ...first }, { previousState: RideState.REQUESTED });
  await changed('e2', { state: RideState.OFFERED, ...second }, { previousState: RideState.REQUESTED });
  await deliver();
  const toDrivers = async () => (await bench.messages()).filter(({ driver_id }) => driver_id !== '');
  expect(await toDrivers()).toMatchObject([
    { state: 'QUEUED', last_error: 'the driver is not known yet' },
    { state: 'FAILED', last_error: 'the driver has no phone number' },
  ]);
  await bench.driver('d1', '010-2');
  await bench.driver('d1', '010-4');
  bench.clock.advance(1_000);
  await deliver();
  expect((await toDrivers())[0]).toMatchObject({ state: 'SENT', recipient: '010-4', driver_id: 'd1', customer_id: '' });
});

test('TAXI-6 messages to a driver are found by the driver, and are nobody else’s', async () => {
  await bench.customer('kim');
  await bench.driver('d1');
  await bench.driver('d2');
  await changed('e1', { state: RideState.OFFERED, ...first });
  await changed('e2', { state: RideState.OFFERED, ...second });
  const list = async (filter: object) =>
    (await listMessages(bench.database)(create(ListMessagesRequestSchema, filter))).messages;
  const [own] = await list({ driverId: 'd1' });
  expect(await list({ driverId: 'd1' })).toMatchObject([{ driverId: 'd1', customerId: '', eventId: 'e1' }]);
  expect(await list({ customerId: 'kim' })).toHaveLength(2);
  expect(await list({ driverId: 'd1', customerId: 'kim' })).toEqual([]);
  expect(await list({})).toHaveLength(4);

  const as = (role: string, ids: object) =>
    ({ caller: { subject: 's', roles: new Set([role]), ...ids } }) as unknown as CallContext;
  const get = (context: CallContext) => getMessage(bench.database)({ message: own?.id } as never, context);
  expect(await get(as('driver', { driverId: 'd1' }))).toMatchObject({ driverId: 'd1', template: 'ride-offered' });
  expect(await get(as('operator', {}))).toMatchObject({ driverId: 'd1' });
  for (const other of [as('driver', { driverId: 'd2' }), as('customer', { customerId: 'kim' }), as('driver', {})]) {
    await expect(get(other)).rejects.toMatchObject({ reason: 'MESSAGE_NOT_FOUND' });
  }
});

test('TAXI-6 a ride without its customer, and a driver without an id, are malformed', async () => {
  const malformed = { reason: 'EVENT_MALFORMED' };
  await expect(changed('e1', { customerId: '', state: RideState.REQUESTED })).rejects.toMatchObject(malformed);
  await expect(bench.driver('')).rejects.toMatchObject(malformed);
});
