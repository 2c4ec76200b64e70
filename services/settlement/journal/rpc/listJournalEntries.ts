import { timestampDate } from '@bufbuild/protobuf/wkt';
import type { ListJournalEntriesRequest } from '#proto/settlement/v1/journal_service';
import type { Sql } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { cutPage, pageOf } from '#shared/rpc/page';
import { listEntries } from '../store/readEntries.ts';
import { entryToProto } from './convert.ts';

/** Entries, newest first. */
export function listJournalEntries(sql: Sql) {
  return async (request: ListJournalEntriesRequest) => {
    const { limit, after } = pageOf(request);
    const { accountId, customerId, startTime, endTime } = request;
    const filter = {
      accountId,
      customerId,
      start: startTime && timestampDate(startTime),
      end: endTime && timestampDate(endTime),
    };
    const page = { order: 'newest first', after: keyOf(after), limit: limit + 1 } as const;
    const { rows, nextPageToken } = cutPage(await listEntries(sql, filter, page), limit, ({ time, id }) => [
      time.toISOString(),
      id,
    ]);
    return { journalEntries: rows.map(entryToProto), nextPageToken };
  };
}

function keyOf(after: string[] | undefined): { time: Date; id: string } | undefined {
  if (!after) return undefined;
  const [text = '', id = ''] = after;
  const time = new Date(text);
  if (after.length === 2 && !Number.isNaN(time.getTime())) return { time, id };
  throw new Fault('PAGE_TOKEN_INVALID', { message: 'page_token is not one of this method' });
}
