import { expect, test } from 'vitest';
import { Child } from '#test/conformance/child';
import { killPoints } from '#test/harness/killPoints';
import { Booth } from '../testing/booth.ts';

const program = new URL('../testing/penalize.child.ts', import.meta.url).href;

// Of three customers the second is released. Each penalty has one call, two local steps and two events (the limit is one penalty), each release
// another call, one local step and two events; so every place that is passed at all is a kill of its own.
const passes = (point: string, times: number[]) => times.map((time) => `${point}@${time}`);
const points = [
  ...passes('outbox.before-commit', [1, 2, 3, 5, 6, 7, 8]),
  ...passes('saga.in-local-step', [1, 2, 3, 4, 5, 6]),
  ...passes('saga.before-call', [1, 2, 3, 4]),
  ...passes('saga.after-call', [1, 2, 3, 4]),
  ...passes('saga.after-commit', [1, 2, 3, 4]),
];

const kills = killPoints([
  ...points.map((point) => ({ point, what: 'in time', ms: 0 })),
  // Only where billing is about to be called, or was, does the time make a difference.
  ...points
    .filter((point) => /call|after-commit/.test(point))
    .map((point) => ({ point, what: 'after the last moment', ms: 10_000 })),
]);

test.each(kills)(
  'SMOKE-4 SMOKE-5 killed at $point, found by the others $what: posted if and only if it stands',
  async (kill) => {
    await using booth = await Booth.open();
    const area = await booth.area({ penaltyPoints: 30n, banThreshold: 30n });
    const visitors = await Promise.all([1, 2, 3].map(() => booth.customer(100n)));
    {
      await using killed = new Child(program, {
        DATABASE_URL: booth.counter.database.url,
        BANK: booth.bank.address,
        VISITORS: visitors.join(','),
        OFFERING: area,
        JANGBU_KILL_AT: kill.point,
      });
      await killed.untilKilled();
    }
    booth.counter.now = new Date(booth.counter.now.getTime() + kill.ms);
    await booth.settleAll();

    const { rows } = await booth.counter.database.query<{ id: string; state: string; customer_id: string }>(
      'select id, state, customer_id from penalties',
    );
    const expected: Record<string, string[]> = {
      IMPOSED: ['FORFEITURE'],
      RELEASED: ['FORFEITURE', 'REINSTATEMENT'],
      REFUSED: [],
    };
    const told: Record<string, string[]> = {
      IMPOSED: ['PenaltyImposed'],
      RELEASED: ['PenaltyImposed', 'PenaltyReleased'],
      REFUSED: [],
    };
    for (const { id, state, customer_id: visitor } of rows) {
      const own = booth.bank.movements.filter(({ key }) => key === `penalty-${id}`);
      expect(own.map(({ kind }) => kind)).toEqual(expected[state]);
      expect(booth.bank.accounts.get(visitor)).toBe(state === 'IMPOSED' ? 70n : 100n);
      const imposed = state === 'IMPOSED';
      expect(await booth.standing(visitor)).toEqual({ points: imposed ? 30n : 0n, banned: imposed });
      const seen = (await booth.penalties(visitor)).map((penalty) => penalty.id);
      expect(seen).toEqual(state === 'REFUSED' ? [] : [id]);
      const events = await booth.counter.database.query<{ type: string }>(
        'select type from outbox where aggregate_id = $1 order by position',
        [id],
      );
      expect(events.rows.map(({ type }) => type.split('.').at(-1))).toEqual(told[state]);
      // In time nothing is refused: billing would have taken it.
      if (kill.ms === 0) expect(state).not.toBe('REFUSED');
    }
    const keys = new Set(rows.map(({ id }) => `penalty-${id}`));
    expect(booth.bank.movements.filter(({ key }) => !keys.has(key))).toEqual([]);
  },
);
