import { type StatusObject, status } from '@grpc/grpc-js';
import { Fault, type Reason } from '#shared/errors/fault';
import { toStatus } from '#shared/rpc/status';

/**
 * What grpc-js says of its own accord when there is no answer. Its texts name addresses and library
 * internals, which are for the log and not for callers.
 */
const ownTexts =
  /^(No connection established|Connection dropped|Name resolution failed|Deadline exceeded|Cancelled on client|Call cancelled|Received RST_STREAM|Received HTTP status|Stream refused|Bandwidth exhausted|Protocol (error|not secure)|Channel closed|Failed to start HTTP\/2|Failed to route|Failed to (parse|decompress)|Received message (larger|that)|Call ended|Unspecified error|Waiting for)|ECONN|ENOTFOUND|EAI_AGAIN/;

/** A connection that broke is a service that is away, whatever state the call was in when it happened. */
const brokenTexts = /Call ended without gRPC status|ECONN|EPIPE|ETIMEDOUT|socket hang up/;

const reasons: Partial<Record<status, { reason: Reason; text: string; retryAfterMs?: number }>> = {
  [status.UNAVAILABLE]: { reason: 'DEPENDENCY_UNAVAILABLE', text: 'the service does not answer', retryAfterMs: 1_000 },
  [status.DEADLINE_EXCEEDED]: { reason: 'DEADLINE_EXCEEDED', text: 'the deadline has passed' },
  [status.CANCELLED]: { reason: 'CANCELLED', text: 'the call was cancelled' },
  [status.UNIMPLEMENTED]: { reason: 'METHOD_UNKNOWN', text: 'the service does not have this method' },
};

/**
 * The status as it may be shown: without the library's texts and, unless it is to stay `bare`, with a reason also where
 * nobody named one.
 */
export function presentable(answered: StatusObject, bare = false): StatusObject {
  if (answered.code === status.OK || answered.metadata.get('grpc-status-details-bin').length > 0) return answered;
  const own = ownTexts.test(answered.details);
  const code = own && brokenTexts.test(answered.details) ? status.UNAVAILABLE : answered.code;
  const known = reasons[code];
  if (!known) return own ? { ...answered, details: 'the service broke the call off' } : answered;
  const message = own ? known.text : answered.details;
  if (bare) return { code, details: message, metadata: answered.metadata };
  const fault = new Fault(known.reason, { message, retryAfterMs: own ? known.retryAfterMs : undefined });
  const { metadata = answered.metadata } = toStatus(fault);
  const merged = answered.metadata.clone();
  merged.merge(metadata);
  return { code, details: message, metadata: merged };
}
