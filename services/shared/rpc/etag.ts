import { Fault } from '../errors/fault.ts';

/** A resource's version as clients see it. */
export function etagOf(revision: number | bigint): string {
  return String(revision);
}

/**
 * Refuses a change that was decided on an older version. Quotes and the weak mark of HTTP's If-Match are fine, and so is a list, of which
 * any one may be the present version.
 */
export function checkEtag(expected: string | undefined, revision: number | bigint): void {
  if (expected === undefined || expected === '' || expected === '*') return;
  const named = expected.split(',').map((etag) =>
    etag
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1'),
  );
  if (!named.includes(etagOf(revision))) {
    throw new Fault('ETAG_MISMATCH', {
      message: 'the resource has changed',
      metadata: { etag: etagOf(revision) },
    });
  }
}
