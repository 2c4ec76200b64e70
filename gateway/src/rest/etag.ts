import type { JsonValue } from '@bufbuild/protobuf';

/**
 * The ETag header of a resource that carries an `etag`, for If-Match. There is no 304 to If-None-Match: the etag is the version that a
 * change must name, and what is shown beside it can change under the same version, such as goods' stock, or differ from role to role.
 */
export function etagHeader(json: JsonValue): string | undefined {
  if (json === null || typeof json !== 'object' || Array.isArray(json)) return undefined;
  const { etag } = json;
  if (typeof etag !== 'string' || !/^[\x21-\x7e]+$/.test(etag)) return undefined;
  return /^(W\/)?"[^"]*"$/.test(etag) ? etag : `"${etag.replaceAll('"', '')}"`;
}
