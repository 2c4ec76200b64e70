import type { ChargeCause, EntryCause, Ledger, Line } from './ledger.ts';

type PrepaidCause = Exclude<EntryCause, 'INVOICE' | ChargeCause>;

/** The company's side of what moves a prepaid account, and whether the account grows. */
function otherSide(cause: PrepaidCause): { ledger: Ledger; grows: boolean } {
  switch (cause) {
    case 'TOP_UP':
      return { ledger: 'CASH', grows: true };
    case 'WITHDRAWAL':
      return { ledger: 'CASH', grows: false };
    case 'PAYMENT':
    case 'DEBIT':
    case 'COMMIT':
      return { ledger: 'REVENUE', grows: false };
    case 'REFUND':
      return { ledger: 'REVENUE', grows: true };
    case 'GRANT':
    case 'REINSTATEMENT':
      return { ledger: 'PROMOTION', grows: true };
    case 'CREDIT_EXPIRY':
    case 'FORFEITURE':
      return { ledger: 'PROMOTION', grows: false };
    default:
      return cause satisfies never;
  }
}

/**
 * The lines that move a prepaid account by an amount above zero, and the tax in it where something is sold or taken back. The
 * account is the company's debt to its owner, so what it gains is a credit.
 */
export function prepaidLines(
  cause: PrepaidCause,
  { id, currency }: { id: string; currency: string },
  minor: bigint,
  tax = 0n,
): Line[] {
  const { ledger, grows } = otherSide(cause);
  const debit = (amount: bigint) => (grows ? amount : -amount);
  return withoutNothing([
    { ledger: 'PREPAID', accountId: id, currency, minor: -debit(minor) },
    { ledger, accountId: undefined, currency, minor: debit(minor - tax) },
    { ledger: 'TAX', accountId: undefined, currency, minor: debit(tax) },
  ]);
}

/** The lines of an invoice: its total is owed by the customer, its subtotal was earned, its tax is owed to the state. */
export function invoiceLines(invoice: {
  accountId: string;
  currency: string;
  subtotal: bigint;
  tax: bigint;
  total: bigint;
}): Line[] {
  const { accountId, currency, subtotal, tax, total } = invoice;
  return withoutNothing([
    { ledger: 'RECEIVABLE', accountId, currency, minor: total },
    { ledger: 'REVENUE', accountId: undefined, currency, minor: -subtotal },
    { ledger: 'TAX', accountId: undefined, currency, minor: -tax },
  ]);
}

/**
 * The lines of a sale that a payment method pays at once: CHARGE makes the account owe it, CAPTURE settles that with cash, CHARGE_REFUND and
 * PAYOUT are the same two the other way round. Amounts are above zero; the tax is that in the sale.
 */
export function chargeLines(
  cause: ChargeCause,
  { id, currency }: { id: string; currency: string },
  minor: bigint,
  tax = 0n,
): Line[] {
  const sold = (sign: bigint) =>
    withoutNothing([
      { ledger: 'RECEIVABLE', accountId: id, currency, minor: sign * minor },
      { ledger: 'REVENUE', accountId: undefined, currency, minor: -sign * (minor - tax) },
      { ledger: 'TAX', accountId: undefined, currency, minor: -sign * tax },
    ]);
  const paid = (sign: bigint): Line[] => [
    { ledger: 'RECEIVABLE', accountId: id, currency, minor: -sign * minor },
    { ledger: 'CASH', accountId: undefined, currency, minor: sign * minor },
  ];
  switch (cause) {
    case 'CHARGE':
      return sold(1n);
    case 'CAPTURE':
      return paid(1n);
    case 'CHARGE_REFUND':
      return sold(-1n);
    case 'PAYOUT':
      return paid(-1n);
    default:
      return cause satisfies never;
  }
}

function withoutNothing(lines: Line[]): Line[] {
  return lines.filter(({ minor }) => minor !== 0n);
}
