import { type Span, SpanStatusCode } from '@opentelemetry/api';
import { Fault } from '../errors/fault.ts';

/**
 * Marks a span as failed. Only the name of the failure goes out, never its text: a message may repeat what somebody has sent, and
 * traces are read by more people than that was meant for.
 */
export function failSpan(span: Span, error: unknown): void {
  const type = errorType(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message: type });
  span.setAttribute('error.type', type);
}

/** The name of a failure: the catalogue's reason, else PostgreSQL's or Node's code, else the class. One of few. */
export function errorType(error: unknown): string {
  if (error instanceof Fault) return error.reason;
  if (!(error instanceof Error)) return 'UNKNOWN';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[A-Z0-9_]{1,40}$/.test(code) ? code : error.name;
}
