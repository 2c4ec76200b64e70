import { pino } from 'pino';
import type { CallContext } from '#shared/rpc/context';

export function won(amount: number | bigint) {
  return { currency: 'KRW', amount: String(amount) };
}

/** A caller who waits as long as it takes. */
export function patient(signal = new AbortController().signal): CallContext {
  const caller = { subject: 'service:test', roles: new Set(['service'] as const), service: 'test' };
  return { caller, signal, log: pino({ level: 'silent' }) };
}
