import { describe, expect, test } from 'vitest';
import { abandonChange, claimed, completeChange, decideCommand, freed } from './lifecycle.ts';
import type { Line, LineAction, LineCommand, LineState } from './line.ts';

const before = new Date('2026-11-01T00:00:00Z');
const effective = new Date('2026-11-10T00:00:00Z');
const now = new Date('2026-11-10T00:00:05Z');

function lineIn(state: LineState, pendingOrderId?: string): Line {
  return {
    id: 'l1',
    customerId: 'c1',
    offeringId: 'meter',
    business: 'iot',
    serviceNumber: '01012345678',
    apn: 'iot.kr',
    email: '',
    address: '',
    accountId: '',
    state,
    activateTime: before,
    changeTime: before,
    createTime: before,
    updateTime: before,
    pendingOrderId,
    revision: 7n,
  };
}

const forbidden = (state: LineState) => ({ kind: 'forbidden', state });
const change = { kind: 'change' };
const table: [LineState, LineCommand, object][] = [
  ['PENDING', 'SUSPEND', forbidden('PENDING')],
  ['PENDING', 'RESUME', forbidden('PENDING')],
  ['PENDING', 'TERMINATE', forbidden('PENDING')],
  ['PENDING', 'RESTORE', forbidden('PENDING')],
  ['PENDING', 'CHANGE_OFFERING', forbidden('PENDING')],
  ['ACTIVE', 'SUSPEND', change],
  ['ACTIVE', 'RESUME', forbidden('ACTIVE')],
  ['ACTIVE', 'TERMINATE', change],
  ['ACTIVE', 'RESTORE', forbidden('ACTIVE')],
  ['ACTIVE', 'CHANGE_OFFERING', change],
  ['SUSPENDED', 'SUSPEND', forbidden('SUSPENDED')],
  ['SUSPENDED', 'RESUME', change],
  ['SUSPENDED', 'TERMINATE', change],
  ['SUSPENDED', 'RESTORE', forbidden('SUSPENDED')],
  ['SUSPENDED', 'CHANGE_OFFERING', change],
  ['TERMINATED', 'SUSPEND', forbidden('TERMINATED')],
  ['TERMINATED', 'RESUME', forbidden('TERMINATED')],
  ['TERMINATED', 'TERMINATE', { kind: 'check-use' }],
  ['TERMINATED', 'RESTORE', change],
  ['TERMINATED', 'CHANGE_OFFERING', forbidden('TERMINATED')],
  ['FAILED', 'SUSPEND', forbidden('FAILED')],
  ['FAILED', 'RESUME', forbidden('FAILED')],
  ['FAILED', 'TERMINATE', forbidden('FAILED')],
  ['FAILED', 'RESTORE', forbidden('FAILED')],
  ['FAILED', 'CHANGE_OFFERING', forbidden('FAILED')],
];

describe('IOT-2 every command in every state', () => {
  test.each(table)('%s line, %s', (state, command, verdict) => {
    expect(decideCommand(lineIn(state), command)).toEqual(verdict);
  });

  test.each(table)('%s line that an order is changing, %s: busy', (state, command) => {
    expect(decideCommand(lineIn(state, 'o1'), command)).toEqual({ kind: 'busy', orderId: 'o1' });
  });
});

describe('IOT-2 what an order does to the line', () => {
  const after: [LineAction, LineState, LineState][] = [
    ['ACTIVATE', 'PENDING', 'ACTIVE'],
    ['SUSPEND', 'ACTIVE', 'SUSPENDED'],
    ['RESUME', 'SUSPENDED', 'ACTIVE'],
    ['TERMINATE', 'ACTIVE', 'TERMINATED'],
    ['TERMINATE', 'SUSPENDED', 'TERMINATED'],
    ['RESTORE', 'TERMINATED', 'ACTIVE'],
    ['CHANGE_OFFERING', 'ACTIVE', 'ACTIVE'],
    ['CHANGE_OFFERING', 'SUSPENDED', 'SUSPENDED'],
  ];

  test.each(after)('%s of a %s line: %s since the effective time', (action, from, to) => {
    const done = completeChange(
      lineIn(from, 'o1'),
      { action, offeringId: 'meter', effectiveTime: effective, accountId: '' },
      now,
    );
    expect(done).toEqual({ ...lineIn(to), changeTime: effective, updateTime: now, revision: 8n });
  });

  test.each(after)('a failed %s leaves a %s line as it was, except that a new one never comes up', (action, from) => {
    const state = action === 'ACTIVATE' ? 'FAILED' : from;
    expect(abandonChange(lineIn(from, 'o1'), action, now)).toEqual({ ...lineIn(state), updateTime: now, revision: 8n });
  });

  test('the account that billing names is kept, and no name does not wipe it', () => {
    const opened = completeChange(
      lineIn('PENDING', 'o1'),
      { action: 'ACTIVATE', offeringId: 'meter', effectiveTime: effective, accountId: 'a1' },
      now,
    );
    expect(opened.accountId).toBe('a1');
    const suspended = completeChange(
      opened,
      { action: 'SUSPEND', offeringId: 'meter', effectiveTime: effective, accountId: '' },
      now,
    );
    expect(suspended.accountId).toBe('a1');
  });

  test('IOT-9 the line has the offering of the order that changed it, and keeps it where the order failed', () => {
    const done = { action: 'CHANGE_OFFERING', offeringId: 'tracker', effectiveTime: effective, accountId: '' } as const;
    expect(completeChange(lineIn('SUSPENDED', 'o1'), done, now)).toMatchObject({
      state: 'SUSPENDED',
      offeringId: 'tracker',
      changeTime: effective,
    });
    expect(abandonChange(lineIn('ACTIVE', 'o1'), 'CHANGE_OFFERING', now)).toMatchObject({ offeringId: 'meter' });
  });

  test('claiming and freeing only touch the order, the time and the revision', () => {
    const line = lineIn('TERMINATED');
    expect(freed(claimed(line, 'o1', now), now)).toEqual({ ...line, updateTime: now, revision: 9n });
  });
});
