import type { IncomingHttpHeaders } from 'node:http';
import { invalidField } from '#shared/errors/fault';

const unitMs: Record<string, number> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 0.001, n: 0.000001 };

/**
 * How long the caller is willing to wait, in milliseconds: `grpc-timeout` in gRPC's notation, or
 * `X-Server-Timeout` in seconds. Undefined where it says nothing.
 */
export function requestedTimeoutMs(headers: IncomingHttpHeaders): number | undefined {
  const grpcTimeout = headers['grpc-timeout'];
  if (typeof grpcTimeout === 'string') {
    const match = /^(\d{1,8})([HMSmun])$/.exec(grpcTimeout);
    if (!match) throw invalidField('grpc-timeout', 'must be up to 8 digits and one of H, M, S, m, u, n');
    return Number(match[1]) * (unitMs[match[2] ?? ''] ?? 1);
  }
  const serverTimeout = headers['x-server-timeout'];
  if (typeof serverTimeout === 'string') {
    if (!/^\d{1,9}(\.\d{1,9})?$/.test(serverTimeout)) {
      throw invalidField('x-server-timeout', 'must be a number of seconds');
    }
    return Number(serverTimeout) * 1_000;
  }
  return undefined;
}

export interface TimeoutLimits {
  /** For calls that do not stream, where the caller says nothing. */
  defaultMs: number;
  /** No call may ask for more. */
  maxMs: number;
}

/** A stream lasts as long as its content does, so it has a deadline only where the caller asks for one. */
export function deadlineOf(headers: IncomingHttpHeaders, streaming: boolean, limits: TimeoutLimits): Date | undefined {
  const requested = requestedTimeoutMs(headers);
  if (requested === undefined && streaming) return undefined;
  const ms = Math.min(requested ?? limits.defaultMs, limits.maxMs);
  return new Date(Date.now() + Math.ceil(ms));
}
