import type { Payment } from '#proto/billing/v1/payment';
import type { Money } from '#proto/common/v1/money';
import { amountText, reasonText } from './words.ts';

/** What a payment method paid. */
export function paymentCapturedText({ amount, memo }: Payment): string {
  return `Paid ${amountText(amount)} by payment method${about(memo)}`;
}

export function paymentFailedText({ amount, memo, stateReason }: Payment): string {
  return `Payment of ${amountText(amount)}${about(memo)} failed: ${reasonText(stateReason)}`;
}

/** How much went back this time, and how much in all where that is another amount. */
export function paymentRefundedText({ amount, refunded, memo }: Payment, now: Money | undefined): string {
  return `Got back ${amountText(now)} of the payment of ${amountText(amount)}${about(memo)}${
    refunded && refunded.amount !== now?.amount ? `; ${amountText(refunded)} in all` : ''
  }`;
}

function about(memo: string): string {
  return memo && ` (${memo})`;
}
