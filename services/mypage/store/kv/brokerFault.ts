import { JetStreamApiError, JetStreamError } from '@nats-io/jetstream';
import { errors } from '@nats-io/transport-node';
import { Fault } from '#shared/errors/fault';

const brokerErrors = [
  JetStreamError,
  JetStreamApiError,
  errors.TimeoutError,
  errors.RequestError,
  errors.ConnectionError,
  errors.ClosedConnectionError,
  errors.DrainingConnectionError,
];

/** What the broker does not answer is nobody's mistake: it may be tried again. Anything else stays what it is. */
export function brokerFault(cause: unknown): unknown {
  if (!brokerErrors.some((kind) => cause instanceof kind)) return cause;
  return new Fault('DEPENDENCY_UNAVAILABLE', { message: 'the broker does not answer', retryAfterMs: 1_000, cause });
}
