import type { Metadata } from '@grpc/grpc-js';
import { heldTag } from '../edge/entityTag.ts';
import type { Exchange } from '../edge/exchange.ts';
import { shownTag, versionTag } from './etag.ts';

/**
 * Puts the tag of what is shown on the answer and, where the caller of a read holds the very same, answers that nothing has changed. True
 * if it did. Answers to other methods tell the version alone: what they show is no representation to be asked for again.
 */
export function answerUnchanged(
  { request, response }: Exchange,
  metadata: Metadata,
  own: string | undefined,
  shown: string | Uint8Array,
): boolean {
  if (own !== undefined) response.setHeader('etag', versionTag(own));
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  // A service that sends an ETag of its own knows better than this gateway what it is of.
  const given = own === undefined ? metadata.get('etag')[0]?.toString() : undefined;
  const tag = given ?? shownTag(own, shown);
  if (tag === undefined) return false;
  response.setHeader('etag', tag);
  // The caller may keep it, if it asks every time whether it is still good.
  if (metadata.get('cache-control').length === 0) response.setHeader('cache-control', 'private, no-cache');
  const known = request.headers['if-none-match'];
  const held = known === undefined ? undefined : heldTag(known, tag);
  if (held === undefined) return false;
  response.setHeader('etag', held);
  response.writeHead(304).end();
  return true;
}
