import type { Reason } from '#shared/errors/fault';
import type { AccountAction } from './accountAction.ts';

export type Answer = { kind: 'OPENED' | 'CHANGED' | 'CLOSED'; reason: '' } | { kind: 'REFUSED'; reason: Reason };

/** What a line's tariff must be fit for. */
export interface TariffTerms {
  currency: string;
  /** Whether a line's month can be priced by all of its versions. */
  pricesLines: boolean;
}

/** What rating knows when an order asks for a change of a line. */
export interface ChangeFacts {
  action: AccountAction;
  /** Whether the line has a rating account. */
  known: boolean;
  /** The tariff that the order names; undefined if there is none. */
  tariff: TariffTerms | undefined;
  /** Currency of the tariff that the line has; empty for a new line. */
  currency: string;
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
  if (action === 'ACTIVATE' || action === 'CHANGE_OFFERING') {
    if (!facts.tariff) return refused('TARIFF_NOT_FOUND');
    if (action === 'CHANGE_OFFERING' && facts.tariff.currency !== facts.currency) return refused('OFFERING_MISMATCH');
    if (!facts.tariff.pricesLines) return refused('TARIFF_INVALID');
  }
  if (facts.monthLocked) return refused('PERIOD_CLOSED');
  if (takesNumber && facts.numberTaken) return refused('SERVICE_NUMBER_IN_USE');
  switch (action) {
    case 'ACTIVATE':
      return { kind: 'OPENED', reason: '' };
    case 'SUSPEND':
    case 'RESUME':
    case 'RESTORE':
    case 'CHANGE_OFFERING':
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
