import { describe, expect, it } from 'vitest';
import { type BilledInvoice, invoiceEntry } from './invoiceEntry.ts';

const entries = (subtotal: bigint, tax: bigint) => {
  const invoice: BilledInvoice = {
    ...{ id: 'invoice', business: 'b', period: '2026-11', accountId: 'a', currency: 'KRW', issueTime: new Date(0) },
    ...{ subtotal, tax, total: subtotal + tax },
  };
  return invoiceEntry({ invoice }, () => 'tax').map(({ id, causeId, lines }) => [
    id,
    causeId,
    ...lines.map(({ ledger, minor }) => `${ledger} ${minor}`),
  ]);
};

describe('the entry of an invoice', () => {
  it('IOT-13 owes what is charged, and takes back what is credited', () => {
    expect(entries(100n, 10n)).toEqual([['invoice', 'invoice', 'RECEIVABLE 110', 'REVENUE -100', 'TAX -10']]);
    expect(entries(-100n, -10n)).toEqual([['invoice', 'invoice', 'RECEIVABLE -110', 'REVENUE 100', 'TAX 10']]);
    expect(entries(0n, 0n)).toEqual([]);
  });

  it('IOT-13 moves revenue and tax through the account where they make up for each other', () => {
    expect(entries(9n, -9n)).toEqual([
      ['invoice', 'invoice', 'RECEIVABLE 9', 'REVENUE -9'],
      ['tax', 'invoice tax', 'RECEIVABLE -9', 'TAX 9'],
    ]);
  });
});
