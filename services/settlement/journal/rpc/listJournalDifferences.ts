import type { ListJournalDifferencesRequest } from '#proto/settlement/v1/journal_service';
import type { Sql } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { cutPage, pageOf } from '#shared/rpc/page';
import { listDifferences } from '../store/differences.ts';
import { differenceToProto } from './convert.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Differences to billing's ledger, newest first; those that are gone only when asked for. */
export function listJournalDifferences(sql: Sql) {
  return async (request: ListJournalDifferencesRequest) => {
    const { limit, after } = pageOf(request);
    if (after && !(after.length === 1 && uuid.test(after[0] ?? ''))) {
      throw new Fault('PAGE_TOKEN_INVALID', { message: 'page_token is not one of this method' });
    }
    const page = { resolvedToo: request.showResolved, after: after?.[0], limit: limit + 1 };
    const { rows, nextPageToken } = cutPage(await listDifferences(sql, page), limit, ({ id }) => [id]);
    return { journalDifferences: rows.map(differenceToProto), nextPageToken };
  };
}
