import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { MypageRebuildState } from '#proto/mypage/v1/mypage_rebuild';
import type { Entry } from '../domain/entry.ts';
import type { Page } from '../domain/page.ts';
import type { RebuildRow, RebuildState, SourceRow } from '../rebuild/record.ts';

/** A page always has a customer, if only the id. */
export function toMypage(page: Page, customerId: string) {
  return { ...page, customer: page.customer ?? { id: customerId } };
}

export function toTimelineEntry({ id, time, event, text, subjectId }: Entry) {
  return { id, time: timestampFromDate(time), event, text, subjectId };
}

const states: Record<RebuildState, MypageRebuildState> = {
  RUNNING: MypageRebuildState.RUNNING,
  COMPLETED: MypageRebuildState.COMPLETED,
  FAILED: MypageRebuildState.FAILED,
};

export function toRebuild({ id, state, reason, createTime, completeTime }: RebuildRow, sources: SourceRow[]) {
  return {
    id,
    state: states[state],
    stateReason: reason,
    sources,
    createTime: timestampFromDate(createTime),
    ...(completeTime ? { completeTime: timestampFromDate(completeTime) } : {}),
  };
}
