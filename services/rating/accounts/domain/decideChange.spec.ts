import { describe, expect, it } from 'vitest';
import { type ChangeFacts, decideChange } from './decideChange.ts';
import { foldChanges } from './foldChanges.ts';

const facts = (changes: Partial<ChangeFacts>): ChangeFacts => ({
  action: 'ACTIVATE',
  known: changes.action !== undefined && changes.action !== 'ACTIVATE',
  tariffKnown: true,
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
  ] as const)('IOT-2 %s is answered with %s', (action, kind) => {
    expect(decideChange(facts({ action }))).toEqual({ kind, reason: '' });
  });

  it.each([
    [{ tariffKnown: false }, 'TARIFF_NOT_FOUND'],
    [{ numberTaken: true }, 'SERVICE_NUMBER_IN_USE'],
    [{ action: 'RESTORE', numberTaken: true }, 'SERVICE_NUMBER_IN_USE'],
    [{ action: 'SUSPEND', monthLocked: true }, 'PERIOD_CLOSED'],
    [{ monthLocked: true, numberTaken: true }, 'PERIOD_CLOSED'],
    [{ action: 'TERMINATE', known: false }, 'RATING_ACCOUNT_NOT_FOUND'],
  ] as const)('IOT-1 refuses %j with %s', (changes, reason) => {
    expect(decideChange(facts(changes))).toEqual({ kind: 'REFUSED', reason });
  });

  it('a taken number and another tariff do not matter to a suspension', () => {
    expect(decideChange(facts({ action: 'SUSPEND', numberTaken: true, tariffKnown: false })).kind).toBe('CHANGED');
  });
});

describe('foldChanges', () => {
  const at = (day: number) => new Date(Date.UTC(2026, 10, day));

  it('a suspended line holds its number, a terminated one does not, a restored one does again', () => {
    const changes = [
      { action: 'ACTIVATE' as const, effectiveTime: at(1) },
      { action: 'SUSPEND' as const, effectiveTime: at(3) },
      { action: 'TERMINATE' as const, effectiveTime: at(5) },
      { action: 'RESTORE' as const, effectiveTime: at(7) },
    ];
    expect([1, 2, 3, 4].map((count) => foldChanges(changes.slice(0, count)).open)).toEqual([true, true, false, true]);
    expect(foldChanges(changes).active).toEqual([{ start: at(1), end: at(3) }, { start: at(7) }]);
    expect(foldChanges([])).toEqual({ open: false, active: [] });
  });
});
