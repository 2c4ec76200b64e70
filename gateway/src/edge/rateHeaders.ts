import type { ServerResponse } from 'node:http';
import { Fault } from '#shared/errors/fault';
import type { Standing } from './rateLimit.ts';

/** Tells a caller the rules it is counted by and what is left (draft-ietf-httpapi-ratelimit-headers). */
export function setRateHeaders(response: ServerResponse, standings: readonly Standing[]): void {
  const policies = standings.map(({ name, rule }) => `"${name}";q=${rule.count};w=${rule.seconds}`);
  const rests = standings.map(({ name, left, resetMs }) => `"${name}";r=${left};t=${Math.ceil(resetMs / 1_000)}`);
  response.setHeader('ratelimit-policy', policies.join(', '));
  response.setHeader('ratelimit', rests.join(', '));
  const refusal = standings.find(({ refused }) => refused);
  if (refusal) response.setHeader('retry-after', String(Math.max(1, Math.ceil(refusal.resetMs / 1_000))));
}

export function rateFault({ name, rule, resetMs }: Standing): Fault {
  return new Fault('RATE_LIMITED', {
    message: `more than ${rule.count} requests in ${rule.seconds} s`,
    metadata: { per: name, limit: String(rule.count), seconds: String(rule.seconds) },
    retryAfterMs: Math.max(1, Math.ceil(resetMs)),
  });
}
