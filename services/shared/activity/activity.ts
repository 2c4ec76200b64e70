import type { Interval } from '../time/month.ts';

export type ChangeAction = 'ACTIVATE' | 'SUSPEND' | 'RESUME' | 'TERMINATE' | 'RESTORE';

/** A change of whether something is in service. */
export interface Change {
  action: ChangeAction;
  effectiveTime: Date;
}

/**
 * The stretches of time in service that follow from the changes, oldest first and without overlap; the last one has no end
 * while it lasts. A restoration opens a new stretch: the time in between was without service.
 * Changes of the same instant apply in the order given, and one that changes nothing is passed over.
 */
export function activeIntervals(changes: readonly Change[]): Interval[] {
  const intervals: Interval[] = [];
  let since: Date | undefined;
  for (const change of changes.toSorted((a, b) => a.effectiveTime.getTime() - b.effectiveTime.getTime())) {
    if (opens(change.action)) {
      since ??= change.effectiveTime;
    } else if (since) {
      if (since < change.effectiveTime) intervals.push({ start: since, end: change.effectiveTime });
      since = undefined;
    }
  }
  if (since) intervals.push({ start: since });
  return intervals;
}

function opens(action: ChangeAction): boolean {
  switch (action) {
    case 'ACTIVATE':
    case 'RESUME':
    case 'RESTORE':
      return true;
    case 'SUSPEND':
    case 'TERMINATE':
      return false;
    default:
      return action satisfies never;
  }
}

/** Whether an instant lies in one of the stretches. */
export function isActiveAt(intervals: readonly Interval[], instant: Date): boolean {
  return intervals.some(({ start, end }) => start <= instant && (!end || instant < end));
}
