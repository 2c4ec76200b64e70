import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { ListTimelineRequest } from '#proto/mypage/v1/mypage_service';
import { Fault } from '#shared/errors/fault';
import { cutPage, pageOf } from '#shared/rpc/page';
import type { EntryKey, MypageView } from '../store/view.ts';
import { mypageNotFound } from './getMypage.ts';

export function listTimeline(view: MypageView) {
  return async (request: ListTimelineRequest) => {
    const { limit, after } = pageOf(request);
    const entries = await view.timeline(request.customer, after && keyOf(after), limit + 1);
    if (!entries) throw mypageNotFound(request.customer);
    const { rows, nextPageToken } = cutPage(entries, limit, ({ time, id }) => [time.toISOString(), id]);
    const timeline = rows.map(({ id, time, event, text, subjectId }) => ({
      id,
      time: timestampFromDate(time),
      event,
      text,
      subjectId,
    }));
    return { timeline, nextPageToken };
  };
}

function keyOf(keys: string[]): EntryKey {
  const [text = '', id = ''] = keys;
  const time = new Date(text);
  if (keys.length === 2 && !Number.isNaN(time.getTime())) return { time, id };
  throw new Fault('PAGE_TOKEN_INVALID', { message: 'page_token is not one of this method' });
}
