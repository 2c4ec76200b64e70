import { describe, expect, it } from 'vitest';
import { cutPage, nextToken, pageOf } from './page.ts';

describe('paging', () => {
  it('continues behind the last entry of a page and ends with an empty token', () => {
    const rows = [{ id: 'a' }, { id: 'b' }, { id: 'c' }];
    const first = cutPage(rows, 2, ({ id }) => [id]);
    expect(first.rows).toEqual([{ id: 'a' }, { id: 'b' }]);
    expect(pageOf({ pageSize: 2, pageToken: first.nextPageToken })).toEqual({ limit: 2, after: ['b'] });
    expect(cutPage([{ id: 'c' }], 2, ({ id }) => [id]).nextPageToken).toBe('');
  });

  it.each([
    'x',
    '!!!',
    nextToken(['a']).slice(1),
    Buffer.from('{"a":1}').toString('base64url'),
    nextToken(['\0']),
    nextToken(['\ud800']),
  ])('refuses the token %s', (pageToken) => {
    expect(() => pageOf({ pageSize: 0, pageToken })).toThrowError(
      expect.objectContaining({ reason: 'PAGE_TOKEN_INVALID' }),
    );
  });
});
