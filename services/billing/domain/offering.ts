/** What a line has from a time on. */
export interface LineOffering {
  offeringId: string;
  tariffId: string;
  /** Undefined for what the line was activated with. */
  since: Date | undefined;
}

/** What a line has at an instant. Of changes with the same time the later one counts; they come in the order in which they were applied. */
export function offeringAt(first: LineOffering, changes: readonly LineOffering[], instant: Date): LineOffering {
  let found = first;
  for (const change of changes) {
    if (!change.since || change.since > instant) continue;
    if (!found.since || change.since >= found.since) found = change;
  }
  return found;
}
