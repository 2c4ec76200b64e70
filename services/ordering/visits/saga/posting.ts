import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { CreditReason, DebitReason } from '#proto/billing/v1/balance_service';
import { fromProto } from '#shared/money/money';
import { type Decision, insist, type Saga } from '#shared/saga/saga';
import type { Balances } from '../../calls.ts';
import { memoOf, pointsToProto } from '../points.ts';

/** What the sagas about a penalty know. Their ids are the penalty's. */
export interface Posting {
  penaltyId: string;
  customerId: string;
  offeringName: string;
  place: string;
  points: string;
  /** The last moment at which billing may post it; RFC 3339. */
  notAfter: string;
  /** What was taken, and from which account; nothing and nobody's until billing has said so. */
  taken: string;
  accountId: string;
  /** Why the penalty is refused; empty if it is not. */
  reason: string;
}

export type Taken = Pick<Posting, 'taken' | 'accountId'>;
type Options = { signal: AbortSignal; deadlineMs: number };

/** One key for everybody who asks about a penalty: whoever asks again learns what became of it. */
const keyOf = ({ penaltyId }: Posting) => `penalty-${penaltyId}`;

/** Has billing take the points, or say that it has taken them; COMMAND_EXPIRED says for good that it never will. */
export async function post(balances: Balances, data: Posting, { signal, deadlineMs }: Options): Promise<Taken> {
  const entry = await balances.debit(
    {
      key: keyOf(data),
      payer: { case: 'customerId', value: data.customerId },
      amount: pointsToProto(data.points),
      reason: DebitReason.FORFEITURE,
      notAfter: timestampFromDate(new Date(data.notAfter)),
      memo: memoOf(data.offeringName, data.place),
    },
    { signal, deadlineMs },
  );
  // An entry says by how much the balance has grown.
  return { taken: String(-fromProto(entry.amount, 'amount').minor), accountId: entry.accountId };
}

/** The step that gives back what was taken, to the account that lost it, and then does as it is told. */
export function giveBack(
  balances: Balances,
  then: (data: Posting) => Decision<Posting>,
): Saga<Posting>['steps'][string] {
  return insist<Posting, void>({
    run: async (data, { signal, deadlineMs }) => {
      await balances.credit(
        {
          key: keyOf(data),
          target: { case: 'account', value: data.accountId },
          amount: pointsToProto(data.taken),
          reason: CreditReason.REINSTATEMENT,
          memo: memoOf(data.offeringName, data.place),
        },
        { signal, deadlineMs },
      );
    },
    onResult: async (_tx, data) => then(data),
  });
}
