import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { Fault } from '#shared/errors/fault';
import { fromProto } from '#shared/money/money';
import { call, defineSaga, done, goto, local, type Saga, wait } from '#shared/saga/saga';
import type { Tariffs } from '../../calls.ts';
import { emitCreditRequested } from '../events.ts';
import { memoOf, pointsCurrency } from '../points.ts';
import { type Earned, endVisit } from './earned.ts';

/** What the saga knows. Its id is the visit's. */
export interface Earning extends Earned {
  customerId: string;
  offeringName: string;
  area: string;
  tariffId: string;
  /** RFC 3339. */
  checkOutTime: string;
}

/** Billing's answer. */
export type CreditSignal = { kind: 'granted' } | { kind: 'refused'; reason: string };

/** What rating says of the tariff itself: asking again would not change it. Everything else passes, such as rating being away. */
const aboutTheTariff: ReadonlySet<string> = new Set([
  'TARIFF_NOT_FOUND',
  'TARIFF_VERSION_NOT_FOUND',
  'TARIFF_INVALID',
  'CURRENCY_MISMATCH',
]);

/** Names the request for a visit's points, and the visit in the answer. */
export const creditKey = (visitId: string) => `visit-${visitId}`;

/**
 * What a visit earns (SMOKE-1): rating says how many points, billing is asked for them by an event and answers by one, however long the
 * two are away. An answer that does not come in time is asked for again, under the same key, so the points are given once.
 */
export function earningSaga(tariffs: Tariffs, askAgainMs: number, clock: () => Date): Saga<Earning> {
  return defineSaga<Earning>({
    type: 'visit-earning',
    first: 'quote',
    steps: {
      quote: call<Earning, string>({
        limitMs: Number.POSITIVE_INFINITY,
        decides: ({ reason }) => aboutTheTariff.has(reason),
        run: (data, { signal, deadlineMs }) => quotedPoints(tariffs, data, { signal, deadlineMs }),
        onResult: async (_tx, data, points) => goto(points === '0' ? 'end' : 'ask', { ...data, points }),
        onFault: async (_tx, data, { reason }) => goto('end', { ...data, reason }),
      }),
      ask: local(async (tx, data) => {
        const { visitId, customerId, points, offeringName, area } = data;
        await emitCreditRequested(tx, {
          key: creditKey(visitId),
          customerId,
          points,
          memo: memoOf(offeringName, area),
        });
        return goto('answer', data);
      }),
      answer: wait<Earning, CreditSignal>({
        limitMs: askAgainMs,
        onSignal: async (_tx, data, signal) =>
          goto('end', signal.kind === 'refused' ? { ...data, reason: signal.reason } : data),
        onTimeout: async (_tx, data) => goto('ask', data),
      }),
      end: local(async (tx, data) => {
        await endVisit(tx, data, clock());
        return done(data);
      }),
    },
  });
}

/** What one visit earns by the tariff, as a whole number: what the tariff calls a price, without the tax that would be on it. */
async function quotedPoints(
  tariffs: Tariffs,
  { tariffId: tariff, checkOutTime }: Earning,
  options: { signal: AbortSignal; deadlineMs: number },
): Promise<string> {
  const time = timestampFromDate(new Date(checkOutTime));
  const { amount } = await tariffs.quote({ tariff, time, usage: [{ metric: 'units', quantity: '1' }] }, options);
  const { currency, minor } = tariffAmount(tariff, amount);
  if (currency !== pointsCurrency) {
    throw new Fault('CURRENCY_MISMATCH', { message: `tariff ${tariff} is in ${currency}; a visit earns points` });
  }
  if (minor < 0n) throw new Fault('TARIFF_INVALID', { message: `by tariff ${tariff} a visit earns less than nothing` });
  return String(minor);
}

/** Rating computes without bounds: what no account can hold is a fault of the tariff. */
function tariffAmount(tariff: string, amount: Parameters<typeof fromProto>[0]) {
  try {
    return fromProto(amount, 'amount');
  } catch (cause) {
    throw new Fault('TARIFF_INVALID', { message: `tariff ${tariff} gives more than an account can hold`, cause });
  }
}
