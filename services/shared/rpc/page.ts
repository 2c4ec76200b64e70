import { Fault } from '../errors/fault.ts';

/** The page a List request asks for: how many entries, and after which sort keys. */
export interface Page {
  limit: number;
  after: string[] | undefined;
}

/** Reads `page_size` (0 means 50) and `page_token`. */
export function pageOf(request: { pageSize: number; pageToken: string }): Page {
  return {
    limit: request.pageSize || 50,
    after: request.pageToken ? decode(request.pageToken) : undefined,
  };
}

/** The token of the page that begins behind these sort keys. It is opaque to callers. */
export function nextToken(keys: string[]): string {
  return Buffer.from(JSON.stringify(keys)).toString('base64url');
}

/** Cuts rows fetched with `limit + 1` into a page and says whether another follows. */
export function cutPage<T>(
  rows: T[],
  limit: number,
  keysOf: (row: T) => string[],
): { rows: T[]; nextPageToken: string } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    rows: page,
    nextPageToken: rows.length > limit && last !== undefined ? nextToken(keysOf(last)) : '',
  };
}

/** Keys go into statements as they are: PostgreSQL takes no NUL, and half a surrogate pair would become another character. */
function isStorable(key: string): boolean {
  return !key.includes('\0') && key.isWellFormed();
}

function decode(token: string): string[] {
  try {
    const keys: unknown = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'));
    if (Array.isArray(keys) && keys.every((key) => typeof key === 'string' && isStorable(key))) return keys;
  } catch {
    // falls through to the one answer for every kind of broken token
  }
  throw new Fault('PAGE_TOKEN_INVALID', {
    message: 'page_token is not one of this method',
    violations: [{ field: 'page_token', description: 'not a token of an earlier answer' }],
  });
}
