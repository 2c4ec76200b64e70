import { expect, test } from 'vitest';
import { isVisible, moved, newPenalty, type Penalty, type PenaltyCommand } from './penalty.ts';

const asked = new Date('2026-11-10T03:00:00Z');
const later = new Date('2026-11-10T03:00:01Z');
const pending = newPenalty(
  {
    id: 'p',
    business: 'b',
    customerId: 'c',
    offeringId: 'o',
    offeringName: 'Booth',
    place: 'Exit 4',
    points: 30n,
  },
  asked,
);
const impose: PenaltyCommand = { kind: 'IMPOSE', taken: 20n, accountId: 'a' };
const refuse: PenaltyCommand = { kind: 'REFUSE', reason: 'COMMAND_EXPIRED' };
const release: PenaltyCommand = { kind: 'RELEASE' };

function after(...commands: PenaltyCommand[]): Penalty {
  return commands.reduce<Penalty>((penalty, command) => moved(penalty, command, asked) ?? penalty, pending);
}

test('SMOKE-4 a penalty that is asked for is seen by nobody', () => {
  expect(pending).toMatchObject({ state: 'PENDING', history: [], revision: 0n, taken: undefined });
  expect(isVisible(pending)).toBe(false);
});

const lifecycle: [Penalty, PenaltyCommand, Partial<Penalty> | undefined][] = [
  [pending, impose, { state: 'IMPOSED', taken: 20n, accountId: 'a', revision: 1n }],
  [pending, refuse, { state: 'REFUSED', stateReason: 'COMMAND_EXPIRED' }],
  [pending, release, undefined],
  [after(impose), impose, undefined],
  [after(impose), refuse, undefined],
  [after(impose), release, { state: 'RELEASED', revision: 2n }],
  [after(impose, release), impose, undefined],
  [after(impose, release), refuse, undefined],
  [after(impose, release), release, undefined],
  [after(refuse), impose, undefined],
  [after(refuse), refuse, undefined],
  [after(refuse), release, undefined],
];

test.each(lifecycle.map(([penalty, command, change]) => ({ state: penalty.state, command, penalty, change })))(
  'SMOKE-4 SMOKE-5 $state penalty, $command.kind: $change.state',
  ({ penalty, command, change }) => {
    const result = moved(penalty, command, later);
    if (!change) {
      expect(result).toBeUndefined();
      return;
    }
    const seen = change.state === 'IMPOSED' || change.state === 'RELEASED';
    const history = seen ? [...penalty.history, { state: change.state, time: later }] : penalty.history;
    expect(result).toEqual({ ...penalty, ...change, history });
    expect(result && isVisible(result)).toBe(seen);
  },
);
