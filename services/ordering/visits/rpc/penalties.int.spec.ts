import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { PenaltyImposedSchema, PenaltyReleasedSchema } from '#proto/ordering/v1/events';
import { PenaltyState } from '#proto/ordering/v1/penalty';
import { PenaltyService } from '#proto/ordering/v1/penalty_service';
import { Fault } from '#shared/errors/fault';
import { customer } from '../../testing.ts';
import type { Mishap } from '../testing/bank.ts';
import { Booth } from '../testing/booth.ts';

const { IMPOSED, RELEASED } = PenaltyState;
const points = (amount: number) => ({ currency: 'PTS', amount: String(amount) });

/** One mishap for each of the first calls. */
function mishaps(list: Mishap[]): () => Mishap {
  const left = [...list];
  return () => left.shift();
}

/** The one penalty there is, whatever its state, as the database has it. */
async function onlyRow(booth: Booth): Promise<{ id: string; state: string }> {
  const { rows } = await booth.counter.database.query('select id, state from penalties');
  expect(rows).toHaveLength(1);
  return rows[0];
}

/** Lets time pass beyond the last moment of every posting so far. */
function tooLate(booth: Booth): void {
  booth.counter.now = new Date(booth.counter.now.getTime() + 6_000);
}

test('SMOKE-4 a penalty is recorded in the account of points, by a call, and stands', async () => {
  await using booth = await Booth.open();
  const [visitor, area] = [await booth.customer(100n), await booth.area()];
  const penalty = await booth.penalize(visitor, area);
  expect(penalty).toMatchObject({
    business: 'booths',
    customerId: visitor,
    offeringId: area,
    place: '4번 출구',
    points: points(30),
    taken: points(30),
    state: IMPOSED,
    etag: '1',
  });
  expect(penalty.history.map(({ state }) => state)).toEqual([IMPOSED]);
  expect(booth.bank.movements).toEqual([{ key: `penalty-${penalty.id}`, minor: -30n, kind: 'FORFEITURE' }]);
  expect(await booth.counter.call(PenaltyService, 'getPenalty', { penalty: penalty.id })).toEqual(penalty);
  expect(await booth.counter.events(PenaltyImposedSchema)).toMatchObject([{ penalty, offeringName: '부스' }]);
  expect(await booth.standing(visitor)).toEqual({ points: 30n, banned: false });
});

test('SMOKE-4 of less than it counts it takes what is there, and counts in full', async () => {
  await using booth = await Booth.open();
  const [visitor, area] = [await booth.customer(40n), await booth.area()];
  await booth.penalize(visitor, area);
  expect(await booth.penalize(visitor, area)).toMatchObject({ points: points(30), taken: points(10) });
  expect(await booth.penalize(visitor, area)).toMatchObject({ points: points(30), taken: points(0), state: IMPOSED });
  expect(booth.bank.accounts.get(visitor)).toBe(0n);
  expect(await booth.standing(visitor)).toEqual({ points: 90n, banned: true });
});

test('SMOKE-4 a breach that costs nothing is recorded, and nobody is called for it', async () => {
  await using booth = await Booth.open();
  const visitor = await booth.customer();
  booth.bank.mishap = () => 'before';
  const penalty = await booth.penalize(visitor, await booth.area({ penaltyPoints: 0n }));
  expect(penalty).toMatchObject({ state: IMPOSED, points: points(0), taken: points(0) });
  await booth.release(penalty.id);
  await booth.settleAll();
  expect(booth.bank.calls).toEqual([]);
});

test('SMOKE-4 billing is down: no penalty, and the caller is told to ask again; back in time, the same key finds it', async () => {
  await using booth = await Booth.open();
  const [visitor, area] = [await booth.customer(100n), await booth.area()];
  const under = { idempotencyKey: randomUUID(), deadline: new Date(Date.now() + 1_500) };
  booth.bank.mishap = () => 'before';
  const failure = await booth.penalize(visitor, area, under).catch((error) => error);
  const { id } = await onlyRow(booth);
  expect(failure).toMatchObject({
    reason: 'DEPENDENCY_UNAVAILABLE',
    code: status.UNAVAILABLE,
    retryAfterMs: 2_000,
    metadata: { penalty_id: id },
  });
  // To everybody else there is none.
  expect(await booth.penalties(visitor)).toEqual([]);
  const unseen = { reason: 'PENALTY_NOT_FOUND' };
  await expect(booth.counter.call(PenaltyService, 'getPenalty', { penalty: id })).rejects.toMatchObject(unseen);
  await expect(booth.release(id)).rejects.toMatchObject(unseen);
  expect(booth.bank.accounts.get(visitor)).toBe(100n);

  booth.bank.mishap = () => undefined;
  await booth.settleAll();
  const again = await booth.penalize(visitor, area, { idempotencyKey: under.idempotencyKey });
  expect(again).toMatchObject({ id, state: IMPOSED });
  expect(booth.bank.movements).toHaveLength(1);
});

test('SMOKE-4 billing is down past the last moment: no penalty for ever, whatever comes later', async () => {
  await using booth = await Booth.open();
  const [visitor, area] = [await booth.customer(100n), await booth.area()];
  const idempotencyKey = randomUUID();
  booth.bank.mishap = () => 'before';
  const hurried = { idempotencyKey, deadline: new Date(Date.now() + 1_500) };
  await expect(booth.penalize(visitor, area, hurried)).rejects.toMatchObject({ reason: 'DEPENDENCY_UNAVAILABLE' });
  tooLate(booth);
  booth.bank.mishap = () => undefined;
  await booth.settleAll();
  for (let time = 1; time <= 2; time++) {
    await expect(booth.penalize(visitor, area, { idempotencyKey })).rejects.toMatchObject({
      reason: 'COMMAND_EXPIRED',
      message: expect.stringContaining('there is no penalty'),
    });
  }
  expect(await onlyRow(booth)).toMatchObject({ state: 'REFUSED' });
  expect(await booth.penalties(visitor)).toEqual([]);
  expect(booth.bank.movements).toEqual([]);
  expect(await booth.counter.events(PenaltyImposedSchema)).toEqual([]);
  expect(await booth.standing(visitor)).toEqual({ points: 0n, banned: false });
});

test.each([
  ['in time', 0],
  ['after the last moment', 6_000],
])('SMOKE-4 billing posts it and the answers are lost: found again by its key, %s', async (_when, ms) => {
  await using booth = await Booth.open();
  const [visitor, area] = [await booth.customer(100n), await booth.area()];
  booth.bank.mishap = mishaps(Array(7).fill('after'));
  const idempotencyKey = randomUUID();
  const hurried = { idempotencyKey, deadline: new Date(Date.now() + 1_500) };
  await expect(booth.penalize(visitor, area, hurried)).rejects.toMatchObject({ reason: 'DEPENDENCY_UNAVAILABLE' });
  booth.counter.now = new Date(booth.counter.now.getTime() + ms);
  await booth.settleAll();
  expect(await booth.penalize(visitor, area, { idempotencyKey })).toMatchObject({ state: IMPOSED, taken: points(30) });
  expect(booth.bank.movements).toHaveLength(1);
  expect(booth.bank.accounts.get(visitor)).toBe(70n);
});

test('SMOKE-4 that billing does not let ordering in is no word about the penalty: it is asked again', async () => {
  await using booth = await Booth.open();
  const [visitor, area] = [await booth.customer(100n), await booth.area()];
  const refusals = [new Fault('ACCESS_DENIED'), new Fault('UNAUTHENTICATED')];
  booth.bank.meanwhile = async () => {
    const refusal = refusals.shift();
    if (refusal) throw refusal;
  };
  const idempotencyKey = randomUUID();
  const hurried = { idempotencyKey, deadline: new Date(Date.now() + 1_500) };
  await expect(booth.penalize(visitor, area, hurried)).rejects.toMatchObject({ reason: 'DEPENDENCY_UNAVAILABLE' });
  await booth.settleAll();
  expect(await booth.penalize(visitor, area, { idempotencyKey })).toMatchObject({ state: IMPOSED });
});

test('SMOKE-4 asked for at the same time under one key it is one', async () => {
  await using booth = await Booth.open();
  const [visitor, area] = [await booth.customer(100n), await booth.area()];
  const under = { idempotencyKey: randomUUID() };
  const answers = await Promise.all([1, 2, 3].map(() => booth.penalize(visitor, area, under)));
  for (const answer of answers) expect(answer).toEqual(answers[0]);
  await booth.release(answers[0]?.id ?? '');
  // The first answer, whatever has become of the penalty since.
  expect(await booth.penalize(visitor, area, under)).toEqual(answers[0]);
  expect(await booth.penalties(visitor)).toMatchObject([{ state: RELEASED }]);
});

test('SMOKE-4 a customer without an account of points: the caller reads so at once, and there is no penalty', async () => {
  await using booth = await Booth.open();
  const [visitor, area] = [await booth.customer(), await booth.area()];
  const refusal = await booth.penalize(visitor, area).catch((error) => error);
  const { id } = await onlyRow(booth);
  expect(refusal).toMatchObject({ reason: 'ACCOUNT_NOT_FOUND', metadata: { penalty_id: id } });
  tooLate(booth);
  await booth.settleAll();
  expect(await booth.penalties(visitor)).toEqual([]);
  expect(booth.bank.movements).toEqual([]);
});

test('SMOKE-4 a refusal is made sure of: what an earlier attempt still takes after it goes back', async () => {
  await using booth = await Booth.open();
  const [visitor, area] = [await booth.customer(), await booth.area()];
  await expect(booth.penalize(visitor, area)).rejects.toMatchObject({ reason: 'ACCOUNT_NOT_FOUND' });
  const { id } = await onlyRow(booth);
  // Slow on its way, and by now there is an account.
  booth.bank.accounts.set(visitor, 100n);
  await booth.bank.forfeit(`penalty-${id}`, visitor, 30n, new Date(booth.counter.now.getTime() + 5_000));
  tooLate(booth);
  booth.bank.mishap = mishaps(['before', undefined, 'after']);
  await booth.settleAll();
  expect(booth.bank.movements.map(({ kind, minor }) => [kind, minor])).toEqual([
    ['FORFEITURE', -30n],
    ['REINSTATEMENT', 30n],
  ]);
  expect(await booth.penalties(visitor)).toEqual([]);
});

test('SMOKE-4 nor does it stay taken where another process of billing, whose clock is behind, posts it after all', async () => {
  await using booth = await Booth.open();
  const [visitor, area] = [await booth.customer(100n), await booth.area()];
  booth.bank.mishap = () => 'before';
  const hurried = { deadline: new Date(Date.now() + 1_500) };
  await expect(booth.penalize(visitor, area, hurried)).rejects.toMatchObject({ reason: 'DEPENDENCY_UNAVAILABLE' });
  tooLate(booth);
  booth.bank.mishap = () => undefined;
  await booth.turn();
  const { id, state } = await onlyRow(booth);
  expect(state).toBe('REFUSED');
  await booth.bank.forfeit(`penalty-${id}`, visitor, 30n, booth.counter.now);
  await booth.settleAll();
  expect(booth.bank.movements.map(({ kind, minor }) => [kind, minor])).toEqual([
    ['FORFEITURE', -30n],
    ['REINSTATEMENT', 30n],
  ]);
  expect(await booth.penalties(visitor)).toEqual([]);
});

test('SMOKE-5 a release gives back what was taken, once, however long billing is away', async () => {
  await using booth = await Booth.open();
  const [visitor, area] = [await booth.customer(20n), await booth.area()];
  const penalty = await booth.penalize(visitor, area);
  booth.bank.mishap = mishaps(['before', 'before', 'before', 'before', 'after', 'after']);
  const released = await booth.release(penalty.id);
  expect(released).toMatchObject({ state: RELEASED, points: points(30), taken: points(20), etag: '2' });
  expect(released.history.map(({ state }) => state)).toEqual([IMPOSED, RELEASED]);
  expect(await booth.standing(visitor)).toEqual({ points: 0n, banned: false });
  await booth.settleAll();
  expect(booth.bank.movements.map(({ kind, minor }) => [kind, minor])).toEqual([
    ['FORFEITURE', -20n],
    ['REINSTATEMENT', 20n],
  ]);
  expect(await booth.counter.events(PenaltyReleasedSchema)).toMatchObject([{ penalty: released }]);
});

test('SMOKE-5 a release happens once, to a penalty that is there, as it was looked at', async () => {
  await using booth = await Booth.open();
  const [visitor, area] = [await booth.customer(100n), await booth.area()];
  const { id } = await booth.penalize(visitor, area);
  await expect(booth.release('none')).rejects.toMatchObject({ reason: 'PENALTY_NOT_FOUND' });
  await expect(booth.release(id, { ifMatch: '"9"' })).rejects.toMatchObject({ reason: 'ETAG_MISMATCH' });
  const outcomes = await Promise.allSettled([1, 2, 3].map(() => booth.release(id)));
  expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
  await expect(booth.release(id)).rejects.toMatchObject({
    reason: 'PENALTY_STATE_FORBIDS',
    metadata: { penalty_id: id, state: 'RELEASED' },
  });
  await booth.settleAll();
  expect(booth.bank.accounts.get(visitor)).toBe(100n);
  booth.counter.caller = customer('stranger');
  await expect(booth.counter.call(PenaltyService, 'getPenalty', { penalty: id })).rejects.toMatchObject({
    reason: 'PENALTY_NOT_FOUND',
  });
});

test('SMOKE-6 penalties are listed newest first, in pages, by customer and state', async () => {
  await using booth = await Booth.open();
  const area = await booth.area({ banThreshold: 0n });
  const [one, other] = [await booth.customer(100n), await booth.customer(100n)];
  const first = await booth.penalize(one, area);
  const second = await booth.penalize(one, area);
  const third = await booth.penalize(other, area);
  await booth.release(first.id);
  const list = async (request: object) => {
    const { penalties, nextPageToken } = await booth.counter.call(PenaltyService, 'listPenalties', request);
    return { ids: penalties.map(({ id }) => id), nextPageToken };
  };
  const page = await list({ pageSize: 2 });
  expect(page.ids).toEqual([third.id, second.id]);
  expect(await list({ pageSize: 2, pageToken: page.nextPageToken })).toEqual({ ids: [first.id], nextPageToken: '' });
  expect((await list({ customerId: one })).ids).toEqual([second.id, first.id]);
  expect((await list({ state: RELEASED })).ids).toEqual([first.id]);
  await expect(list({ state: 99 })).rejects.toMatchObject({ violations: [{ field: 'state' }] });
});
