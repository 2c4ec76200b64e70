import { activeIntervals, type Change } from '#shared/activity/activity';
import type { Interval } from '#shared/time/month';
import type { AccountChange } from './accountAction.ts';
import { foldOfferings, type OfferingSince } from './foldOfferings.ts';

export interface AccountState {
  /** Whether the line holds its service number: activated and not terminated. A suspended line holds it. */
  open: boolean;
  /** When it was in service. */
  active: Interval[];
  /** What it has had, oldest first; empty where no change says it. */
  offerings: OfferingSince[];
}

/** The account that follows from its changes, given in the order in which they were asked. */
export function foldChanges(changes: readonly AccountChange[]): AccountState {
  let open = false;
  const ofService = changes.filter(isOfService);
  for (const { action } of ofService.toSorted((a, b) => a.effectiveTime.getTime() - b.effectiveTime.getTime())) {
    if (action === 'ACTIVATE' || action === 'RESTORE') open = true;
    if (action === 'TERMINATE') open = false;
  }
  return { open, active: activeIntervals(ofService), offerings: foldOfferings(changes) };
}

function isOfService(change: AccountChange): change is AccountChange & Change {
  return change.action !== 'CHANGE_OFFERING';
}
