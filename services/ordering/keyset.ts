import { Fault } from '#shared/errors/fault';
import { type Page, pageOf } from '#shared/rpc/page';

/** A page whose token, if any, holds as many sort keys as this list has. */
export function pageBy(keys: number, request: { pageSize: number; pageToken: string }): Page {
  const page = pageOf(request);
  if (page.after === undefined || page.after.length === keys) return page;
  throw new Fault('PAGE_TOKEN_INVALID', {
    message: 'page_token is not one of this method',
    violations: [{ field: 'page_token', description: 'not a token of this list' }],
  });
}

/** A page of a list that is ordered by time of creation and id. */
export function pageByTime(request: { pageSize: number; pageToken: string }): {
  limit: number;
  after: { createTime: Date; id: string } | undefined;
} {
  const { limit, after } = pageBy(2, request);
  const [time = '', id = ''] = after ?? [];
  const createTime = new Date(time);
  // The form that toISOString gives a year of four digits: PostgreSQL takes fewer years than a Date does.
  if (after !== undefined && !(/^\d{4}-/.test(time) && !Number.isNaN(createTime.getTime()))) {
    throw new Fault('PAGE_TOKEN_INVALID', { message: 'page_token is not one of this method' });
  }
  return { limit, after: after && { createTime, id } };
}

/** What `pageByTime` continues behind. */
export function timeAndId({ createTime, id }: { createTime: Date; id: string }): string[] {
  return [createTime.toISOString(), id];
}
