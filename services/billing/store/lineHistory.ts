import type { Change, ChangeAction } from '#shared/activity/activity';
import type { LineOffering } from '../domain/offering.ts';

/** A lateral join of a line's changes that were not taken back, as arrays in the order in which they were applied. */
export const historyOf = (lineId: string) => `
  left join lateral (
    select array_agg(action order by position) as actions, array_agg(effective_time order by position) as times,
      array_agg(offering_id order by position) as offering_ids, array_agg(tariff_id order by position) as tariff_ids
    from account_changes where line_id = ${lineId} and not abandoned) as life on true`;

export const historyColumns = 'life.actions, life.times, life.offering_ids, life.tariff_ids';

/** All null for a line without changes. */
export interface HistoryRow {
  actions: (ChangeAction | 'CHANGE_OFFERING')[] | null;
  times: Date[] | null;
  offering_ids: (string | null)[] | null;
  tariff_ids: (string | null)[] | null;
}

/** What has put the line in or out of service, and what has given it another offering. */
export function historyFromRow(row: HistoryRow): { changes: Change[]; offerings: LineOffering[] } {
  const changes: Change[] = [];
  const offerings: LineOffering[] = [];
  for (const [index, action] of (row.actions ?? []).entries()) {
    const effectiveTime = row.times?.[index] ?? new Date(0);
    if (action !== 'CHANGE_OFFERING') {
      changes.push({ action, effectiveTime });
      continue;
    }
    const offeringId = row.offering_ids?.[index] ?? '';
    offerings.push({ offeringId, tariffId: row.tariff_ids?.[index] ?? '', since: effectiveTime });
  }
  return { changes, offerings };
}
