import { BalanceCause, type Entry } from '#proto/billing/v1/entry';
import type { Money } from '#proto/common/v1/money';
import { amountText } from './words.ts';

/**
 * What a movement of a balance means to the customer, with the balance behind it. Undefined for what is no news: an invoice has an entry
 * of its own, what a payment method pays for has the payment's, and reservations come and go without moving the balance.
 */
export function balanceText({ cause, amount, balance, memo }: Entry): string | undefined {
  const what = movement(cause, amountText(unsigned(amount)));
  if (what === undefined) return undefined;
  return `${what}${memo === '' ? '' : ` (${memo})`}; balance ${amountText(balance)}`;
}

function movement(cause: BalanceCause, amount: string): string | undefined {
  switch (cause) {
    case BalanceCause.TOP_UP:
      return `Topped up ${amount}`;
    case BalanceCause.WITHDRAWAL:
      return `Withdrew ${amount}`;
    case BalanceCause.PAYMENT:
    case BalanceCause.COMMIT:
    case BalanceCause.DEBIT:
      return `Paid ${amount}`;
    case BalanceCause.GRANT:
      return `Received ${amount}`;
    case BalanceCause.REFUND:
    case BalanceCause.REINSTATEMENT:
      return `Got back ${amount}`;
    case BalanceCause.CREDIT_EXPIRY:
      return `${amount} expired`;
    case BalanceCause.FORFEITURE:
      return `Lost ${amount}`;
    case BalanceCause.INVOICE:
    case BalanceCause.CHARGE:
    case BalanceCause.CAPTURE:
    case BalanceCause.CHARGE_REFUND:
    case BalanceCause.PAYOUT:
    case BalanceCause.RESERVE:
    case BalanceCause.RELEASE:
    case BalanceCause.RESERVATION_EXPIRY:
      return undefined;
    default:
      // A cause that a newer version of billing knows.
      return `Balance changed by ${amount}`;
  }
}

/** The words say in which direction. */
function unsigned(money: Money | undefined): { currency: string; amount: string } | undefined {
  return money && { currency: money.currency, amount: money.amount.replace(/^-/, '') };
}
