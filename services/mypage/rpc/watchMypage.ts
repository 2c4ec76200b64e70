import type { MessageInitShape } from '@bufbuild/protobuf';
import type { WatchMypageRequest, WatchMypageResponseSchema } from '#proto/mypage/v1/mypage_service';
import type { CallContext } from '#shared/rpc/context';
import type { Change } from '../store/store.ts';
import type { View } from '../store/view.ts';
import type { Feed } from '../watch/feed.ts';
import { toMypage, toTimelineEntry } from './convert.ts';
import { mypageNotFound } from './getMypage.ts';

type Response = MessageInitShape<typeof WatchMypageResponseSchema>;

/** Ends when the caller goes away, or in order when the service drains. */
export function watchMypage(view: View, feed: Feed, draining: AbortSignal) {
  return async function* ({ customer }: WatchMypageRequest, context: CallContext): AsyncGenerator<Response> {
    const signal = AbortSignal.any([context.signal, draining]);
    // Before the page is read, so that nothing is missed in between; what comes twice is the same or newer.
    const subscription = await feed.subscribe(customer);
    try {
      yield await wholePage(view, customer);
      for (;;) {
        const news = await subscription.next(signal);
        if (!news) return;
        if (news.kind === 'missed') {
          yield await wholePage(view, customer);
          continue;
        }
        for (const key of news.keys) {
          const change = await view.find(news.generation, key);
          if (change) yield toResponse(change);
        }
      }
    } finally {
      subscription.end();
    }
  };
}

async function wholePage(view: View, customer: string): Promise<Response> {
  const page = await view.page(customer);
  if (!page) throw mypageNotFound(customer);
  return { change: { case: 'page', value: toMypage(page, customer) } };
}

function toResponse(change: Change): Response {
  if (change.type === 'entry') return { change: { case: 'entry', value: toTimelineEntry(change.entry) } };
  const { kind, content } = change.document;
  // The cases of the contract have the names of the kinds.
  return { change: { case: kind, value: content } } as Response;
}
