import type { ChargeCause, NewEntry } from '../../ledger/domain/ledger.ts';
import { chargeLines } from '../../ledger/domain/lines.ts';
import type { PaymentHead } from './payment.ts';

interface Posting {
  /** The payment or refund. */
  causeId: string;
  accountId: string;
  minor: bigint;
  tax: bigint;
  memo: string;
}

type Moment = { now: Date; newId: () => string };

/** What a captured payment is in the journal: owed by the account for a moment, then paid. */
export function captureEntries(
  { id, amount, tax, memo }: PaymentHead,
  accountId: string,
  moment: Moment,
): [charge: NewEntry, capture: NewEntry] {
  const posting = { causeId: id, accountId, minor: amount.minor, tax, memo };
  return [entry('CHARGE', amount.currency, posting, moment), entry('CAPTURE', amount.currency, posting, moment)];
}

/** What a refund is in the journal: the money returned, then the sale taken back; in this order nobody is owed anything in between. */
export function refundEntries(
  currency: string,
  posting: Posting,
  moment: Moment,
): [payout: NewEntry, chargeRefund: NewEntry] {
  return [entry('PAYOUT', currency, posting, moment), entry('CHARGE_REFUND', currency, posting, moment)];
}

function entry(cause: ChargeCause, currency: string, posting: Posting, { now, newId }: Moment): NewEntry {
  const { causeId, accountId, minor, tax, memo } = posting;
  const lines = chargeLines(cause, { id: accountId, currency }, minor, tax);
  return { id: newId(), time: now, cause, causeId, memo, lines };
}
