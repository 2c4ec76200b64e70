import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { BalanceCause } from '#proto/billing/v1/entry';
import { BalanceChangedSchema } from '#proto/billing/v1/events';
import { GetMypageRequestSchema, ListTimelineRequestSchema } from '#proto/mypage/v1/mypage_service';
import {
  CustomerBannedSchema,
  CustomerUnbannedSchema,
  PenaltyImposedSchema,
  PenaltyReleasedSchema,
  VisitStateChangedSchema,
} from '#proto/ordering/v1/events';
import { PenaltyState } from '#proto/ordering/v1/penalty';
import { VisitState } from '#proto/ordering/v1/visit';
import { storeKinds } from './store/store.ts';
import { Desk } from './testing/desk.ts';

const points = (amount: string) => ({ currency: 'PTS', amount });
const at = (second: number) => `2026-11-01T00:00:${String(second).padStart(2, '0')}Z`;
const page = (desk: Desk) => desk.get(create(GetMypageRequestSchema, { customer: 'c1' }));
const told = async (desk: Desk) =>
  (await desk.timeline(create(ListTimelineRequestSchema, { customer: 'c1' }))).timeline.map(({ text }) => text);

const offeringName = '쉼터';
const visit = { id: 'v1', customerId: 'c1', offeringId: 'area', area: '3번 구역' };
const penalty = { id: 'p1', customerId: 'c1', place: '정문 앞', points: points('500'), taken: points('10') };
const ban = { id: 'b1', customerId: 'c1', offeringId: 'area', standingPoints: points('500'), threshold: points('500') };

async function moved(desk: Desk, cause: BalanceCause, amount: string, balance: string, time: string) {
  const account = { id: 'a1', customerId: 'c1', currency: 'PTS', balance: points(balance) };
  const entry = { accountId: 'a1', cause, amount: points(amount), balance: points(balance), memo: offeringName };
  await desk.handle(BalanceChangedSchema, { account, cause, entry }, time);
}

describe.each(storeKinds)('in the store %s', (kind) => {
  test('SMOKE-6 visits, points, penalties, bans and releases are on my page, and their story on the timeline', async () => {
    await using desk = await Desk.open(kind);
    const changed = (state: VisitState, previousState: VisitState, more: object, second: number) =>
      desk.handle(
        VisitStateChangedSchema,
        { visit: { ...visit, state, ...more }, previousState, offeringName },
        at(second),
      );
    await changed(VisitState.CHECKED_IN, VisitState.UNSPECIFIED, {}, 0);
    await changed(VisitState.CHECKED_OUT, VisitState.CHECKED_IN, {}, 1);
    await moved(desk, BalanceCause.GRANT, '10', '10', at(2));
    await changed(VisitState.EARNED, VisitState.CHECKED_OUT, { points: points('10') }, 3);
    await moved(desk, BalanceCause.FORFEITURE, '-10', '0', at(4));
    const imposed = { ...penalty, state: PenaltyState.IMPOSED };
    await desk.handle(PenaltyImposedSchema, { penalty: imposed, offeringName }, at(5));
    await desk.handle(CustomerBannedSchema, { ban: { ...ban, banned: true }, offeringName }, at(6));
    expect(await page(desk)).toMatchObject({
      visits: [{ ...visit, state: VisitState.EARNED, points: points('10') }],
      penalties: [imposed],
      bans: [{ ...ban, banned: true }],
      banned: true,
      balances: [{ balance: points('0') }],
      visitCount: 1,
      penaltyCount: 1,
    });

    await desk.handle(
      PenaltyReleasedSchema,
      { penalty: { ...penalty, state: PenaltyState.RELEASED }, offeringName },
      at(7),
    );
    await desk.handle(CustomerUnbannedSchema, { ban: { ...ban, standingPoints: points('0') }, offeringName }, at(8));
    await moved(desk, BalanceCause.REINSTATEMENT, '10', '10', at(9));
    expect(await page(desk)).toMatchObject({
      penalties: [{ state: PenaltyState.RELEASED }],
      bans: [{ id: 'b1', banned: false, standingPoints: points('0') }],
      banned: false,
      penaltyCount: 1,
    });
    expect(await told(desk)).toEqual([
      'Got back 10 PTS (쉼터); balance 10 PTS',
      'No longer banned from 쉼터',
      'Penalty of 500 PTS at 정문 앞 (쉼터) was released',
      'Banned from 쉼터: penalties of 500 PTS have reached the limit of 500 PTS',
      'Penalty of 500 PTS at 정문 앞 (쉼터); 10 PTS lost',
      'Lost 10 PTS (쉼터); balance 0 PTS',
      'Visit to 3번 구역 (쉼터) earned 10 PTS',
      'Received 10 PTS (쉼터); balance 10 PTS',
      'Checked out of 3번 구역 (쉼터)',
      'Checked in to 3번 구역 (쉼터)',
    ]);
  });

  test('SMOKE-5 a ban that comes late, after it was lifted, does not ban again', async () => {
    await using desk = await Desk.open(kind);
    await desk.handle(CustomerUnbannedSchema, { ban, offeringName }, at(2), { sequence: 9n });
    await desk.handle(CustomerBannedSchema, { ban: { ...ban, banned: true }, offeringName }, at(1), { sequence: 8n });
    expect(await page(desk)).toMatchObject({ banned: false, bans: [{ banned: false }] });
    expect(await told(desk)).toHaveLength(2);
  });

  test('a visit, penalty or ban without its customer is malformed, and so is parked', async () => {
    await using desk = await Desk.open(kind);
    const malformed = { reason: 'EVENT_MALFORMED' };
    await expect(desk.handle(VisitStateChangedSchema, {}, at(0))).rejects.toMatchObject(malformed);
    await expect(desk.handle(PenaltyImposedSchema, { penalty: { id: 'p' } }, at(0))).rejects.toMatchObject(malformed);
    await expect(desk.handle(CustomerBannedSchema, { ban: { id: 'b' } }, at(0))).rejects.toMatchObject(malformed);
  });
});
