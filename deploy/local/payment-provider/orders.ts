import type { IncomingMessage } from 'node:http';
import { Refusal, readJson } from '../provider/http.ts';
import type { PaymentOrder, RefundOrder } from './vault.ts';

/** Reads what is to be paid. */
export async function paymentOrderOf(request: IncomingMessage): Promise<PaymentOrder> {
  const body = await readJson(request);
  const description = body.description ?? '';
  if (typeof description !== 'string' || description.length > 200) throw invalid('description is not a short text');
  return { payment_method: textOf(body, 'payment_method'), ...moneyOf(body), description };
}

export async function refundOrderOf(request: IncomingMessage): Promise<RefundOrder> {
  const body = await readJson(request);
  return { payment: textOf(body, 'payment'), ...moneyOf(body) };
}

/** Nothing is paid or given back without a key: a repetition could not be told from a second order. */
export function keyOf(request: IncomingMessage): string {
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string' || key === '' || key.length > 255) throw invalid('an Idempotency-Key is needed');
  return key;
}

/** Minor units: a whole number above zero, as a decimal string or, as far as those are exact, as a JSON number. */
function moneyOf({ amount, currency }: Record<string, unknown>): { amount: bigint; currency: string } {
  const text = typeof amount === 'number' && Number.isSafeInteger(amount) ? String(amount) : amount;
  if (typeof text !== 'string' || !/^[1-9]\d{0,18}$/.test(text))
    throw invalid('amount is not a whole number above zero');
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) throw invalid('currency is not an ISO 4217 code');
  return { amount: BigInt(text), currency };
}

function textOf(body: Record<string, unknown>, field: string): string {
  const value = body[field];
  if (typeof value !== 'string' || value === '') throw invalid(`${field} is missing`);
  return value;
}

function invalid(message: string): Refusal {
  return new Refusal(400, 'invalid_request', message);
}
