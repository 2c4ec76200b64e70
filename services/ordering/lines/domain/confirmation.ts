import type { LineAction } from './line.ts';

/** Who must confirm a change of a line. */
export type Party = 'rating' | 'billing';

/** What one of them answers. */
export type Answer =
  | { kind: 'opened' | 'changed' | 'closed'; accountId: string }
  /** `reason` is one of the catalogue of failures. */
  | { kind: 'refused'; reason: string };

/** What is known so far of an order's confirmations. Kept as JSON by the saga. */
export interface Confirmations {
  action: LineAction;
  confirmed: Party[];
  /** The account billing charges; empty until it has said so. */
  accountId: string;
}

export type Judgement =
  | { kind: 'wait'; confirmations: Confirmations }
  | { kind: 'complete'; confirmations: Confirmations }
  | { kind: 'fail'; reason: string };

/** Weighs one answer. Answers come in any order and more than once; one that does not fit the action says nothing. */
export function judge(confirmations: Confirmations, party: Party, answer: Answer): Judgement {
  if (answer.kind === 'refused') return { kind: 'fail', reason: answer.reason || 'INTERNAL' };
  if (answer.kind !== expected(confirmations.action) || confirmations.confirmed.includes(party)) {
    return { kind: 'wait', confirmations };
  }
  const known: Confirmations = {
    ...confirmations,
    confirmed: [...confirmations.confirmed, party],
    accountId: answer.accountId || confirmations.accountId,
  };
  const all = known.confirmed.includes('rating') && known.confirmed.includes('billing');
  return { kind: all ? 'complete' : 'wait', confirmations: known };
}

/** The answer that confirms an action. */
export function expected(action: LineAction): 'opened' | 'changed' | 'closed' {
  switch (action) {
    case 'ACTIVATE':
      return 'opened';
    case 'SUSPEND':
    case 'RESUME':
    case 'RESTORE':
    case 'CHANGE_OFFERING':
      return 'changed';
    case 'TERMINATE':
      return 'closed';
    default:
      return action satisfies never;
  }
}
