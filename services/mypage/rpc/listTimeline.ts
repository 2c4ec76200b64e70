import type { ListTimelineRequest } from '#proto/mypage/v1/mypage_service';
import { Fault } from '#shared/errors/fault';
import { cutPage, pageOf } from '#shared/rpc/page';
import type { EntryKey } from '../store/store.ts';
import type { View } from '../store/view.ts';
import { toTimelineEntry } from './convert.ts';
import { mypageNotFound } from './getMypage.ts';

export function listTimeline(view: View) {
  return async (request: ListTimelineRequest) => {
    const { limit, after } = pageOf(request);
    const entries = await view.timeline(request.customer, after && keyOf(after), limit + 1);
    if (!entries) throw mypageNotFound(request.customer);
    const { rows, nextPageToken } = cutPage(entries, limit, ({ time, id }) => [time.toISOString(), id]);
    return { timeline: rows.map(toTimelineEntry), nextPageToken };
  };
}

function keyOf(keys: string[]): EntryKey {
  const [text = '', id = ''] = keys;
  const time = new Date(text);
  // The form that toISOString gives a year of four digits: PostgreSQL takes fewer years than a Date does.
  if (keys.length === 2 && id !== '' && /^\d{4}-/.test(text) && !Number.isNaN(time.getTime())) return { time, id };
  throw new Fault('PAGE_TOKEN_INVALID', { message: 'page_token is not one of this method' });
}
