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
