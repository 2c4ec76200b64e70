import { hash } from 'node:crypto';
import type { JsonValue } from '@bufbuild/protobuf';
import { markLength } from '../edge/entityTag.ts';

/** The version that a resource says it has, and that a change may name; undefined for answers that are no resource with one. */
export function ownEtag(json: JsonValue): string | undefined {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return undefined;
  const { etag } = json;
  return typeof etag === 'string' && /^[\x21-\x7e]+$/.test(etag) ? etag : undefined;
}

/** The version alone, for an answer that tells what was changed. */
export function versionTag(own: string): string {
  return `${mark(own)}"${opaque(own)}"`;
}

/** Beyond this, hashing would cost more than it may save. */
const mostHashed = 1024 * 1024;

/**
 * The tag of what is shown: the version with a mark of the representation or, without a version, a weak tag of the mark alone, which says "it
 * looks the same" and is no ground to change anything on.
 */
export function shownTag(own: string | undefined, shown: string | Uint8Array): string | undefined {
  if (shown.length > mostHashed) return undefined;
  const digest = hash('sha1', shown, 'base64url').slice(0, markLength);
  return own === undefined ? `W/"~${digest}"` : `${mark(own)}"${opaque(own)}~${digest}"`;
}

function mark(own: string): string {
  return own.startsWith('W/"') ? 'W/' : '';
}

/** Some services write their etag with HTTP's quotes already. */
function opaque(own: string): string {
  return own.replace(/^W\/(?=")/, '').replaceAll('"', '');
}
