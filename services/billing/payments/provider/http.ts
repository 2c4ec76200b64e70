import { SpanKind } from '@opentelemetry/api';
import { failSpan } from '#shared/telemetry/spanFailure';
import { tracer } from '#shared/telemetry/tracing';
import { unavailable } from './unavailable.ts';

export interface HttpOptions {
  url: string;
  key: string;
  /** Most time one call may take, in milliseconds. */
  timeLimitMs: number;
}

/** An answer that is one: a success, or a refusal that stays. */
export interface Answer {
  /** 402 is a declined charge, 400 and 422 are requests that the provider will never take. */
  status: 'ok' | 'declined' | 'refused';
  body: Record<string, unknown>;
}

/** What else a call may send. */
interface Sent {
  idempotencyKey?: string;
  body?: Record<string, string>;
}

/**
 * One call of the provider. Everything but an answer that stays is PAYMENT_PROVIDER_UNAVAILABLE: silence, 5xx, 429, and also 401 or
 * 404, which say that this side is set up wrongly and nothing about a payment.
 */
export function callProvider(
  options: HttpOptions,
  method: 'GET' | 'POST',
  path: string,
  sent: Sent = {},
): Promise<Answer> {
  const [plain = path] = path.split('?');
  const attributes = { 'http.request.method': method, 'url.path': plain, 'peer.service': 'payment-provider' };
  return tracer().startActiveSpan(`${method} ${plain}`, { kind: SpanKind.CLIENT, attributes }, async (span) => {
    try {
      return await call(options, method, path, sent);
    } catch (error) {
      failSpan(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

async function call(
  { url, key, timeLimitMs }: HttpOptions,
  method: 'GET' | 'POST',
  path: string,
  { idempotencyKey, body }: Sent,
): Promise<Answer> {
  const signal = AbortSignal.timeout(timeLimitMs);
  try {
    const response = await fetch(`${url.replace(/\/+$/, '')}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body && { 'content-type': 'application/json' }),
        ...(idempotencyKey && { 'idempotency-key': idempotencyKey }),
      },
      ...(body && { body: JSON.stringify(body) }),
      redirect: 'manual',
      signal,
    });
    const text = await response.text();
    const status = meaningOf(response.status);
    if (!status) throw unavailable(`the payment provider answers HTTP ${response.status}`, retryAfter(response));
    return { status, body: objectOf(text) };
  } catch (error) {
    throw unanswered(error);
  }
}

function meaningOf(status: number): Answer['status'] | undefined {
  if (status >= 200 && status < 300) return 'ok';
  if (status === 402) return 'declined';
  return status === 400 || status === 422 ? 'refused' : undefined;
}

function retryAfter(response: Response): { retryAfterMs?: number } {
  const seconds = response.headers.get('retry-after') ?? '';
  return /^\d{1,5}$/.test(seconds) ? { retryAfterMs: Math.max(1, Number(seconds)) * 1_000 } : {};
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // falls through: no JSON is no answer either
  }
  throw unavailable('the payment provider answers with something that is no JSON object');
}

function unanswered(error: unknown): unknown {
  const { name, reason, cause } = error as { name?: string; reason?: string; cause?: { code?: string } };
  if (reason !== undefined) return error;
  const how = name === 'TimeoutError' ? 'in time' : `(${cause?.code ?? name ?? 'unknown'})`;
  return unavailable(`the payment provider does not answer ${how}`, { cause: error });
}
