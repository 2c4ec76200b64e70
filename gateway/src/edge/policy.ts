import type { CompressionConfig } from './coding.ts';

/** What goes in and out under which name, and how it is packed. */
export interface Policy {
  /** Request headers that services see under their own name. */
  passed: ReadonlySet<string>;
  /** Response metadata that are headers of HTTP under their own name. */
  exposed: ReadonlySet<string>;
  /** Undefined: answers are never compressed. */
  compression: CompressionConfig | undefined;
}

const alwaysPassed = ['authorization', 'idempotency-key', 'if-match', 'accept-language'];
const alwaysExposed = ['content-disposition', 'cache-control', 'etag', 'last-modified', 'location', 'x-request-id'];

/**
 * Never taken from outside: what belongs to this connection, what gRPC itself sets, and what only
 * services may say to one another.
 */
export const neverPassed =
  /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|host|expect|content-.*|accept|accept-(encoding|charset)|user-agent|origin|referer|cookie|cache-control|pragma|dnt|priority|sec-.*|access-control-.*|http2-settings|grpc-.*|:.*|x-grpc-web|x-server-timeout|x-caller-authorization|x-request-id|x-forwarded-.*|forwarded|traceparent|tracestate|baggage)$/;

/** Never given out: what belongs to this connection or is for this gateway to say. */
export const neverExposed =
  /^(content-type|content-length|content-encoding|date|grpc-.*|:.*|connection|keep-alive|proxy-.*|transfer-encoding|upgrade|trailer|te|server|x-powered-by|set-cookie|vary|www-authenticate|retry-after|allow|ratelimit.*|access-control-.*|content-security-policy|referrer-policy|x-content-type-options|strict-transport-security)$/;

export function policyOf(pass: string[], expose: string[], compression: CompressionConfig | undefined): Policy {
  return {
    passed: new Set([...alwaysPassed, ...pass]),
    exposed: new Set([...alwaysExposed, ...expose]),
    compression,
  };
}
