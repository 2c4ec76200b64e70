import type { IncomingMessage } from 'node:http';
import type { JsonValue } from '@bufbuild/protobuf';

/** The ETag header of a resource that carries an `etag`. */
export function etagHeader(json: JsonValue): string | undefined {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return undefined;
  const { etag } = json;
  if (typeof etag !== 'string' || !/^[\x21-\x7e]+$/.test(etag)) return undefined;
  return /^(W\/)?"[^"]*"$/.test(etag) ? etag : `"${etag.replaceAll('"', '')}"`;
}

/** Whether a reader that has this version already (If-None-Match) needs no copy. */
export function isUnchanged(request: IncomingMessage, etag: string): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  const known = request.headers['if-none-match'];
  if (known === undefined) return false;
  const plain = (text: string) => text.trim().replace(/^W\//, '');
  return known.trim() === '*' || known.split(',').some((each) => plain(each) === plain(etag));
}
