import { invalidField } from '#shared/errors/fault';
import type { Ledger } from '../batch/ledger.ts';

type Payer = { case: 'account' | 'customerId'; value: string } | { case: undefined; value?: undefined };

/** The account that a request means: named, or the customer's oldest prepaid one in the amount's currency. */
export async function findPayer(ledger: Ledger, payer: Payer, currency: string): Promise<string> {
  switch (payer.case) {
    case 'account':
      return payer.value;
    case 'customerId':
      return ledger.payerOf(payer.value, currency);
    case undefined:
      throw invalidField('account', 'an account or a customer is needed');
    default:
      return payer satisfies never;
  }
}
