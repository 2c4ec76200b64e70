import type { ServerResponse } from 'node:http';

/**
 * On every answer. It is data: no browser may guess another type of it, run or frame it, keep it, or tell others where it
 * came from. Whoever answers with something else (a page, a resource with an ETag) sets its own header over it.
 */
export const securityHeaders: readonly (readonly [name: string, value: string])[] = [
  ['x-content-type-options', 'nosniff'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['referrer-policy', 'no-referrer'],
  ['cache-control', 'no-store'],
];

export function setSecurityHeaders(response: ServerResponse): void {
  for (const [name, value] of securityHeaders) response.setHeader(name, value);
}
