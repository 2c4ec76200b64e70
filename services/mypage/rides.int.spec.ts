import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { describe, expect, test } from 'vitest';
import { BalanceCause } from '#proto/billing/v1/entry';
import {
  BalanceChangedSchema,
  PaymentCapturedSchema,
  PaymentFailedSchema,
  PaymentRefundedSchema,
} from '#proto/billing/v1/events';
import { PaymentState } from '#proto/billing/v1/payment';
import { GetMypageRequestSchema, ListTimelineRequestSchema } from '#proto/mypage/v1/mypage_service';
import { RideStateChangedSchema } from '#proto/ordering/v1/events';
import { RideCanceller, RideState } from '#proto/ordering/v1/ride';
import { storeKinds } from './store/store.ts';
import { Desk } from './testing/desk.ts';

const won = (amount: string) => ({ currency: 'KRW', amount });
const at = (second: number) => `2026-11-01T00:00:${String(second).padStart(2, '0')}Z`;
const page = (desk: Desk) => desk.get(create(GetMypageRequestSchema, { customer: 'c1' }));
const told = async (desk: Desk) =>
  (await desk.timeline(create(ListTimelineRequestSchema, { customer: 'c1' }))).timeline.map(({ text }) => text);

const ride = {
  id: 'r1',
  customerId: 'c1',
  pickup: { location: { latitude: 37.5547, longitude: 126.9706 }, address: '서울역' },
  dropoff: { location: { latitude: 37.5663, longitude: 126.9779 }, address: '시청' },
};
const driver = { driverId: 'd1', driverName: '이기사', vehicle: '소나타' };
const payment = { id: 'p1', customerId: 'c1', amount: won('9800'), memo: '스탠다드' };

/** What a payment does to the account that is charged: owed for a moment, and paid. */
async function moved(desk: Desk, cause: BalanceCause, amount: string, balance: string, time: string) {
  const account = { id: 'a1', customerId: 'c1', currency: 'KRW', balance: won(balance) };
  const entry = { accountId: 'a1', cause, amount: won(amount), balance: won(balance) };
  await desk.handle(BalanceChangedSchema, { account, cause, entry }, time);
}

describe.each(storeKinds)('in the store %s', (kind) => {
  test('TAXI-7 a ride with its places, driver, states and fare is on my page, and its story on the timeline', async () => {
    await using desk = await Desk.open(kind);
    const states = [
      { state: RideState.REQUESTED },
      { state: RideState.OFFERED, ...driver },
      { state: RideState.DISPATCHED, ...driver, arrivalTime: timestampFromDate(new Date('2026-11-01T00:07:00Z')) },
      { state: RideState.IN_PROGRESS, ...driver },
    ];
    let previousState: RideState = RideState.UNSPECIFIED;
    for (const [second, state] of states.entries()) {
      const event = { ride: { ...ride, ...state }, previousState, offeringName: '스탠다드' };
      await desk.handle(RideStateChangedSchema, event, at(second));
      previousState = state.state;
    }
    const failed = { ...payment, id: 'p0', state: PaymentState.FAILED, stateReason: 'PAYMENT_DECLINED' };
    await desk.handle(PaymentFailedSchema, { payment: failed }, at(10));
    await moved(desk, BalanceCause.CHARGE, '9800', '9800', at(11));
    await moved(desk, BalanceCause.CAPTURE, '-9800', '0', at(11));
    await desk.handle(PaymentCapturedSchema, { payment: { ...payment, state: PaymentState.CAPTURED } }, at(11));
    const paid = { fare: won('9800'), distanceMeters: 5_230n, durationSeconds: 1_100n, paymentId: 'p1' };
    const ended = {
      ...ride,
      ...driver,
      ...paid,
      state: RideState.ENDED,
      history: states.map(({ state }) => ({ state })),
    };
    await desk.handle(RideStateChangedSchema, { ride: ended, previousState, offeringName: '스탠다드' }, at(12));

    expect(await page(desk)).toMatchObject({
      rides: [{ ...ride, ...driver, ...paid, state: RideState.ENDED, history: ended.history }],
      rideCount: 1,
      balances: [{ id: 'a1', balance: won('0') }],
      orders: [],
      banned: false,
    });
    expect(await told(desk)).toEqual([
      'Ride from 서울역 to 시청 has ended: 5.23 km in 18 min 20 s for 9,800 KRW',
      'Paid 9,800 KRW by payment method (스탠다드)',
      'Payment of 9,800 KRW (스탠다드) failed: it was declined',
      'Ride from 서울역 to 시청 has begun',
      'Ride from 서울역 to 시청: 이기사 (소나타) is on the way, there at about 2026-11-01 09:07',
      'Ride from 서울역 to 시청: a driver has been asked',
      'Ride from 서울역 to 시청 was requested (스탠다드)',
    ]);

    await moved(desk, BalanceCause.CHARGE_REFUND, '-9800', '-9800', at(20));
    await moved(desk, BalanceCause.PAYOUT, '9800', '0', at(20));
    const refunded = { payment: { ...payment, refunded: won('9800') }, amount: won('9800') };
    await desk.handle(PaymentRefundedSchema, refunded, at(20));
    expect((await told(desk)).slice(0, 2)).toEqual([
      'Got back 9,800 KRW of the payment of 9,800 KRW (스탠다드)',
      'Ride from 서울역 to 시청 has ended: 5.23 km in 18 min 20 s for 9,800 KRW',
    ]);
  });

  test('TAXI-7 the newest rides first, 100 of them; an old event that comes late changes none', async () => {
    await using desk = await Desk.open(kind);
    const ids = Array.from({ length: 103 }, (_, index) => `r${String(index).padStart(3, '0')}`);
    for (const id of ids) {
      await desk.handle(RideStateChangedSchema, { ride: { ...ride, id, state: RideState.REQUESTED } }, at(0));
    }
    const system = { cancelledBy: RideCanceller.SYSTEM, stateReason: 'NO_DRIVER_AVAILABLE' };
    const cancelled = { ...ride, id: 'r102', state: RideState.CANCELLED, ...system };
    await desk.handle(RideStateChangedSchema, { ride: cancelled, previousState: RideState.REQUESTED }, at(1));
    const late = { ride: { ...ride, id: 'r102', state: RideState.OFFERED }, previousState: RideState.REQUESTED };
    await desk.handle(RideStateChangedSchema, late, at(0), { sequence: 1n });
    const { rides, rideCount } = await page(desk);
    expect(rides?.map(({ id }) => id)).toEqual(ids.toReversed().slice(0, 100));
    expect(rides?.[0]).toMatchObject({ state: RideState.CANCELLED, ...system });
    expect(rideCount).toBe(103);
  });

  test('a ride or a payment without its customer is malformed, and so is parked', async () => {
    await using desk = await Desk.open(kind);
    const malformed = { reason: 'EVENT_MALFORMED' };
    await expect(desk.handle(RideStateChangedSchema, { ride: { id: 'r1' } }, at(0))).rejects.toMatchObject(malformed);
    await expect(desk.handle(PaymentCapturedSchema, {}, at(0))).rejects.toMatchObject(malformed);
  });
});
