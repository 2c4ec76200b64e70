import { describe, expect, test } from 'vitest';
import { type Answer, type Confirmations, expected, judge, type Party } from './confirmation.ts';
import type { LineAction } from './line.ts';

const actions: LineAction[] = ['ACTIVATE', 'SUSPEND', 'RESUME', 'TERMINATE', 'RESTORE'];
const asked = (action: LineAction): Confirmations => ({ action, confirmed: [], accountId: '' });

function weigh(confirmations: Confirmations, ...answers: [Party, Answer][]) {
  let last: ReturnType<typeof judge> = { kind: 'wait', confirmations };
  for (const [party, answer] of answers) {
    if (last.kind !== 'wait') break;
    last = judge(last.confirmations, party, answer);
  }
  return last;
}

describe('IOT-1 an order is complete only when rating and billing have both confirmed', () => {
  test.each(actions)('%s: both, in either order', (action) => {
    const yes: Answer = { kind: expected(action), accountId: '' };
    expect(weigh(asked(action), ['rating', yes], ['billing', yes]).kind).toBe('complete');
    expect(weigh(asked(action), ['billing', yes], ['rating', yes]).kind).toBe('complete');
  });

  test.each(actions)('%s: one of them twice is not both', (action) => {
    const yes: Answer = { kind: expected(action), accountId: '' };
    expect(weigh(asked(action), ['rating', yes], ['rating', yes]).kind).toBe('wait');
    expect(weigh(asked(action), ['billing', yes], ['billing', yes]).kind).toBe('wait');
  });

  test.each(actions)('%s: an answer to something else counts for nothing', (action) => {
    for (const kind of ['opened', 'changed', 'closed'] as const) {
      if (kind === expected(action)) continue;
      const other: Answer = { kind, accountId: 'a1' };
      expect(weigh(asked(action), ['rating', other], ['billing', other])).toEqual({
        kind: 'wait',
        confirmations: asked(action),
      });
    }
  });

  test.each(['rating', 'billing'] as const)(
    'a refusal of %s fails the order, also after the other has agreed',
    (party) => {
      const no: Answer = { kind: 'refused', reason: 'SERVICE_NUMBER_IN_USE' };
      const failed = { kind: 'fail', reason: 'SERVICE_NUMBER_IN_USE' };
      const other: Party = party === 'rating' ? 'billing' : 'rating';
      expect(weigh(asked('ACTIVATE'), [party, no])).toEqual(failed);
      expect(weigh(asked('ACTIVATE'), [other, { kind: 'opened', accountId: 'a1' }], [party, no])).toEqual(failed);
    },
  );

  test("billing's account is remembered whoever answers last", () => {
    const opened = (accountId: string): Answer => ({ kind: 'opened', accountId });
    expect(weigh(asked('ACTIVATE'), ['billing', opened('a1')], ['rating', opened('')])).toMatchObject({
      kind: 'complete',
      confirmations: { accountId: 'a1' },
    });
  });
});
