import { durationFromMs } from '@bufbuild/protobuf/wkt';
import type { Fault } from '#shared/errors/fault';
import { currencyDecimals } from '#shared/money/currency';
import { decimal, roundTo } from '#shared/money/decimal';
import { toProto } from '#shared/money/money';
import type { Balances } from '../../calls.ts';
import type { Charge } from './charge.ts';

/** How a saga calls: its key, and until when. */
export interface Manner {
  key: string;
  signal: AbortSignal;
  deadlineMs: number;
}

/** What reserving has come to. */
export interface Reserved {
  id: string;
  accountId: string;
}

/** The calls of billing that charge sessions. Each happens once per key, whatever becomes of its answer. */
export function balanceCalls(balances: Balances) {
  return {
    commit: async (charge: Charge, { key, ...options }: Manner): Promise<void> => {
      await balances.commit(
        { key, reservation: charge.reservationId, ...amountsOf(charge), memo: memo(charge) },
        options,
      );
    },
    release: async ({ reservationId }: Charge, { key, ...options }: Manner): Promise<void> => {
      await balances.release({ key, reservation: reservationId }, options);
    },
    debit: async (charge: Charge, { key, ...options }: Manner): Promise<void> => {
      await balances.debit(
        { key, payer: payerOf(charge), ...amountsOf(charge), memo: memo(charge), refuseForGood: true },
        options,
      );
    },
    reserve: async (charge: Charge, { key, ...options }: Manner): Promise<Reserved> => {
      const { grant, currency, accountId, customerId } = charge;
      if (!grant) throw new Error('there is nothing to reserve');
      const request = {
        key,
        payer: payerOf(charge),
        // Whoever asks has named the account, so billing has to say whether it is the customer's.
        ownerId: accountId ? customerId : '',
        amount: toProto({ currency, minor: BigInt(grant.amount) }),
        holdFor: durationFromMs(grant.holdMs),
        refuseForGood: true,
      };
      const reservation = await balances.reserve(request, options);
      return { id: reservation.id, accountId: reservation.accountId };
    },
  };
}

/** What billing says that the account has, in minor units. */
export function availableIn({ metadata }: Fault, currency: string): bigint {
  const minor = roundTo(decimal(metadata.available ?? '0'), currencyDecimals(currency), 'DOWN');
  return minor > 0n ? minor : 0n;
}

function amountsOf({ payment, currency }: Charge) {
  if (!payment) throw new Error('there is nothing to pay');
  return {
    amount: toProto({ currency, minor: BigInt(payment.amount) }),
    tax: toProto({ currency, minor: BigInt(payment.tax) }),
  };
}

function payerOf({ accountId, customerId }: Charge) {
  return accountId
    ? ({ case: 'account', value: accountId } as const)
    : ({ case: 'customerId', value: customerId } as const);
}

function memo({ session }: Charge): string {
  return `session ${session}`;
}
