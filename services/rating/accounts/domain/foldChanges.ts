import { activeIntervals, type Change } from '#shared/activity/activity';
import type { Interval } from '#shared/time/month';

export interface AccountState {
  /** Whether the line holds its service number: activated and not terminated. A suspended line holds it. */
  open: boolean;
  /** When it was in service. */
  active: Interval[];
}

/** The account that follows from its changes, given in the order in which they were asked. */
export function foldChanges(changes: readonly Change[]): AccountState {
  let open = false;
  for (const { action } of changes.toSorted((a, b) => a.effectiveTime.getTime() - b.effectiveTime.getTime())) {
    if (action === 'ACTIVATE' || action === 'RESTORE') open = true;
    if (action === 'TERMINATE') open = false;
  }
  return { open, active: activeIntervals(changes) };
}
