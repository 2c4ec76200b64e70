import type { ChangeAction } from '#shared/activity/activity';
import type { Reason } from '#shared/errors/fault';

export type Answer = { kind: 'OPENED' | 'CHANGED' | 'CLOSED'; reason: '' } | { kind: 'REFUSED'; reason: Reason };

/** What rating knows when an order asks for a change of a line. */
export interface ChangeFacts {
  action: ChangeAction;
  /** Whether the line has a rating account. */
  known: boolean;
  tariffKnown: boolean;
  /** Whether another open line of the business has the service number. */
  numberTaken: boolean;
  /**
   * Whether the month of the effective time, or one after it, was locked after that time: it was handed over without the change.
   * A month locked before its end goes on taking changes dated after the lock.
   */
  monthLocked: boolean;
}

/** What rating answers an order. A refusal changes nothing. */
export function decideChange(facts: ChangeFacts): Answer {
  const { action } = facts;
  const takesNumber = action === 'ACTIVATE' || action === 'RESTORE';
  if (action !== 'ACTIVATE' && !facts.known) return refused('RATING_ACCOUNT_NOT_FOUND');
  if (action === 'ACTIVATE' && !facts.tariffKnown) return refused('TARIFF_NOT_FOUND');
  if (facts.monthLocked) return refused('PERIOD_CLOSED');
  if (takesNumber && facts.numberTaken) return refused('SERVICE_NUMBER_IN_USE');
  switch (action) {
    case 'ACTIVATE':
      return { kind: 'OPENED', reason: '' };
    case 'SUSPEND':
    case 'RESUME':
    case 'RESTORE':
      return { kind: 'CHANGED', reason: '' };
    case 'TERMINATE':
      return { kind: 'CLOSED', reason: '' };
    default:
      return action satisfies never;
  }
}

function refused(reason: Reason): Answer {
  return { kind: 'REFUSED', reason };
}
