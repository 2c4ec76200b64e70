import { expect, test } from 'vitest';
import { moved, newVisit, type Visit, type VisitCommand } from './visit.ts';

const came = new Date('2026-11-10T03:00:00Z');
const left = new Date('2026-11-10T03:07:00Z');
const later = new Date('2026-11-10T04:00:00Z');
const wish = { id: 'v', business: 'b', customerId: 'c', offeringId: 'o', offeringName: 'Booth', area: 'North' };
const checkOut: VisitCommand = { kind: 'CHECK_OUT' };
const earn: VisitCommand = { kind: 'EARN', points: 100n };
const refuse: VisitCommand = { kind: 'REFUSE', reason: 'TARIFF_NOT_FOUND' };

function after(...commands: VisitCommand[]): Visit {
  return commands.reduce<Visit>((visit, command) => moved(visit, command, left) ?? visit, newVisit(wish, came));
}

test('SMOKE-1 a new visit is CHECKED_IN and its history begins there', () => {
  expect(newVisit(wish, came)).toEqual({
    ...wish,
    state: 'CHECKED_IN',
    points: undefined,
    stateReason: '',
    history: [{ state: 'CHECKED_IN', time: came }],
    checkInTime: came,
    checkOutTime: undefined,
    revision: 1n,
  });
});

const lifecycle: [name: string, visit: Visit, command: VisitCommand, change: Partial<Visit> | undefined][] = [
  ['CHECKED_IN', after(), checkOut, { state: 'CHECKED_OUT', checkOutTime: later }],
  ['CHECKED_IN', after(), earn, undefined],
  ['CHECKED_IN', after(), refuse, undefined],
  ['CHECKED_OUT', after(checkOut), checkOut, undefined],
  ['CHECKED_OUT', after(checkOut), earn, { state: 'EARNED', points: 100n }],
  ['CHECKED_OUT', after(checkOut), refuse, { stateReason: 'TARIFF_NOT_FOUND' }],
  ['CHECKED_OUT for a reason', after(checkOut, refuse), checkOut, undefined],
  ['CHECKED_OUT for a reason', after(checkOut, refuse), earn, undefined],
  ['CHECKED_OUT for a reason', after(checkOut, refuse), refuse, undefined],
  ['EARNED', after(checkOut, earn), checkOut, undefined],
  ['EARNED', after(checkOut, earn), earn, undefined],
  ['EARNED', after(checkOut, earn), refuse, undefined],
];

test.each(lifecycle)('SMOKE-1 %s visit, command %#', (_name, visit, command, change) => {
  const result = moved(visit, command, later);
  if (!change) {
    expect(result).toBeUndefined();
    return;
  }
  const { state } = change;
  const history = state ? [...visit.history, { state, time: later }] : visit.history;
  expect(result).toEqual({ ...visit, ...change, history, revision: visit.revision + 1n });
});

test('SMOKE-1 a visit that earns nothing by its tariff has earned zero, which is not a reason', () => {
  expect(after(checkOut, { kind: 'EARN', points: 0n })).toMatchObject({ state: 'EARNED', points: 0n, stateReason: '' });
});
