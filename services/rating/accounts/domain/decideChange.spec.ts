import { describe, expect, it } from 'vitest';
import type { AccountAction, AccountChange } from './accountAction.ts';
import { type ChangeFacts, decideChange } from './decideChange.ts';
import { foldChanges } from './foldChanges.ts';
import { foldOfferings } from './foldOfferings.ts';

const facts = (changes: Partial<ChangeFacts>): ChangeFacts => ({
  action: 'ACTIVATE',
  known: changes.action !== undefined && changes.action !== 'ACTIVATE',
  tariff: { currency: 'KRW', pricesLines: true },
  currency: 'KRW',
  numberTaken: false,
  monthLocked: false,
  ...changes,
});

describe('decideChange', () => {
  it.each([
    ['ACTIVATE', 'OPENED'],
    ['SUSPEND', 'CHANGED'],
    ['RESUME', 'CHANGED'],
    ['RESTORE', 'CHANGED'],
    ['TERMINATE', 'CLOSED'],
    ['CHANGE_OFFERING', 'CHANGED'],
  ] as const)('IOT-2 %s is answered with %s', (action, kind) => {
    expect(decideChange(facts({ action }))).toEqual({ kind, reason: '' });
  });

  it.each([
    [{ tariff: undefined }, 'TARIFF_NOT_FOUND'],
    [{ action: 'CHANGE_OFFERING', tariff: undefined }, 'TARIFF_NOT_FOUND'],
    [{ action: 'CHANGE_OFFERING', currency: 'USD' }, 'OFFERING_MISMATCH'],
    [{ tariff: { currency: 'KRW', pricesLines: false } }, 'TARIFF_INVALID'],
    [{ action: 'CHANGE_OFFERING', tariff: { currency: 'KRW', pricesLines: false } }, 'TARIFF_INVALID'],
    [{ action: 'CHANGE_OFFERING', monthLocked: true }, 'PERIOD_CLOSED'],
    [{ action: 'CHANGE_OFFERING', known: false }, 'RATING_ACCOUNT_NOT_FOUND'],
    [{ numberTaken: true }, 'SERVICE_NUMBER_IN_USE'],
    [{ action: 'RESTORE', numberTaken: true }, 'SERVICE_NUMBER_IN_USE'],
    [{ action: 'SUSPEND', monthLocked: true }, 'PERIOD_CLOSED'],
    [{ monthLocked: true, numberTaken: true }, 'PERIOD_CLOSED'],
    [{ action: 'TERMINATE', known: false }, 'RATING_ACCOUNT_NOT_FOUND'],
  ] as [Partial<ChangeFacts>, string][])('IOT-1 refuses %j with %s', (changes, reason) => {
    expect(decideChange(facts(changes))).toEqual({ kind: 'REFUSED', reason });
  });

  it('a taken number and another tariff do not matter to a suspension', () => {
    expect(decideChange(facts({ action: 'SUSPEND', numberTaken: true, tariff: undefined })).kind).toBe('CHANGED');
  });
});

describe('foldChanges', () => {
  const at = (day: number) => new Date(Date.UTC(2026, 10, day));
  const change = (action: AccountAction, day: number, offeringId?: string): AccountChange => ({
    action,
    effectiveTime: at(day),
    ...(offeringId && { offeringId, tariffId: `${offeringId}-plan` }),
  });

  it('a suspended line holds its number, a terminated one does not, a restored one does again', () => {
    const changes = [change('ACTIVATE', 1, 'a'), change('SUSPEND', 3), change('TERMINATE', 5), change('RESTORE', 7)];
    expect([1, 2, 3, 4].map((count) => foldChanges(changes.slice(0, count)).open)).toEqual([true, true, false, true]);
    expect(foldChanges(changes).active).toEqual([{ start: at(1), end: at(3) }, { start: at(7) }]);
    expect(foldChanges([])).toEqual({ open: false, active: [], offerings: [] });
  });

  it('IOT-9 says which offering a line had since when, whatever order the changes were asked in', () => {
    const changes = [change('ACTIVATE', 1, 'a'), change('CHANGE_OFFERING', 9, 'b'), change('SUSPEND', 12)];
    const b = { since: at(9), offeringId: 'b', tariffId: 'b-plan' };
    expect(foldChanges(changes)).toMatchObject({
      open: true,
      active: [{ start: at(1), end: at(12) }],
      offerings: [{ since: at(1), offeringId: 'a', tariffId: 'a-plan' }, b],
    });
    expect(foldOfferings([...changes, change('CHANGE_OFFERING', 5, 'c')]).map(({ offeringId }) => offeringId)).toEqual([
      'a',
      'c',
      'b',
    ]);
  });

  it('IOT-9 of two changes at one instant the later asked counts, and one to what the line has is none', () => {
    const twice = [change('ACTIVATE', 1, 'a'), change('CHANGE_OFFERING', 9, 'b'), change('CHANGE_OFFERING', 9, 'a')];
    expect(foldOfferings(twice)).toEqual([{ since: at(1), offeringId: 'a', tariffId: 'a-plan' }]);
  });
});
