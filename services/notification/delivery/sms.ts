import type { Outcome } from '../domain/retry.ts';
import type { Send } from './sender.ts';

export interface SmsOptions {
  /** Address of the provider; messages are posted to `<url>/messages`. */
  url: string;
  /** Most time one attempt may take, in milliseconds. */
  timeLimitMs: number;
}

/**
 * Sends text messages through a provider that speaks HTTP: `POST /messages {to, text}` with an Idempotency-Key.
 * Another kind of provider is another function of this type.
 */
export function httpSmsSender({ url, timeLimitMs }: SmsOptions): Send {
  const endpoint = `${url.replace(/\/+$/, '')}/messages`;
  return async ({ id, to, body }) => {
    try {
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': id },
        body: JSON.stringify({ to, text: body }),
        redirect: 'manual',
        signal: AbortSignal.timeout(timeLimitMs),
      });
      await response.body?.cancel();
      return classifyHttp(response.status, response.headers.get('retry-after'));
    } catch (error) {
      return { kind: 'failed', reason: `SMS provider: ${causeOf(error)}` };
    }
  };
}

/** 4xx is for good, but for 408 (timeout) and 429 (too many), which say to come again. */
export function classifyHttp(status: number, retryAfter: string | null): Outcome {
  if (status >= 200 && status < 300) return { kind: 'sent' };
  const reason = `SMS provider: HTTP ${status}`;
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) return { kind: 'refused', reason };
  const seconds = /^\d{1,9}$/.test(retryAfter ?? '') ? Number(retryAfter) : 0;
  return { kind: 'failed', reason, retryAfterMs: seconds * 1_000 };
}

/** fetch says only "fetch failed"; what failed is its cause. */
function causeOf(error: unknown): string {
  const { message, cause } = error as { message: string; cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
}
