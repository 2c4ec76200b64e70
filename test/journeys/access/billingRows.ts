import { randomUUID } from 'node:crypto';
import type { JsonObject } from '@bufbuild/protobuf';
import type { Belongings } from './estate.ts';
import type { OwnedRow, Rows } from './row.ts';

const owners = ['customer'] as const;
const won = (amount: string) => ({ currency: 'KRW', amount });

const reading = (of: (whose: Belongings) => JsonObject): OwnedRow => ({ of, owners, own: 'OK' });
const moving: OwnedRow = {
  of: ({ accountId }) => ({ account: accountId, amount: won('1'), memo: '남의 돈' }),
  owners,
  own: 'ETAG_MISMATCH',
};
const forServices = 'services alone may call it, and they act for everybody';
const everything = { startTime: '2020-01-01T00:00:00Z', endTime: '2020-01-02T00:00:00Z' };

export const billingRows: Rows = {
  'AccountService/CreateAccount': {
    of: ({ customerId }) => ({ account: { customerId, currency: 'KRW', kind: 'ACCOUNT_KIND_POSTPAID' } }),
    owners,
    own: 'OK',
  },
  'AccountService/GetAccount': [
    reading(({ accountId }) => ({ account: accountId })),
    reading(({ chargeAccountId }) => ({ account: chargeAccountId })),
  ],
  'AccountService/ListAccounts': reading(({ customerId }) => ({ customerId })),
  'AccountService/TopUp': moving,
  'AccountService/Withdraw': moving,
  'AccountService/Pay': moving,
  'AccountService/ListEntries': reading(({ accountId }) => ({ account: accountId })),

  'AdjustmentService/AdjustMonth': {
    with: () => ({ business: 'nobodys', period: '2020-01', lines: [{ lineId: randomUUID() }] }),
    nobodys: forServices,
    answer: 'BILL_RUN_INCOMPLETE',
  },

  'BalanceService/Reserve': {
    with: () => ({ key: randomUUID(), account: randomUUID(), amount: won('1'), holdFor: '1s' }),
    nobodys: forServices,
    answer: 'ACCOUNT_NOT_FOUND',
  },
  'BalanceService/Commit': {
    with: () => ({ key: randomUUID(), reservation: randomUUID() }),
    nobodys: forServices,
    answer: 'RESERVATION_NOT_FOUND',
  },
  'BalanceService/Release': {
    with: () => ({ key: randomUUID(), reservation: randomUUID() }),
    nobodys: forServices,
    answer: 'RESERVATION_NOT_FOUND',
  },
  'BalanceService/Credit': {
    with: () => ({ key: randomUUID(), account: randomUUID(), amount: won('1'), reason: 'CREDIT_REASON_GRANT' }),
    nobodys: forServices,
    answer: 'ACCOUNT_NOT_FOUND',
  },
  'BalanceService/Debit': {
    with: () => ({ key: randomUUID(), account: randomUUID(), amount: won('1') }),
    nobodys: forServices,
    answer: 'ACCOUNT_NOT_FOUND',
  },

  'ChargeService/Charge': {
    with: () => ({ key: randomUUID(), customerId: randomUUID(), amount: { currency: 'PTS', amount: '1' } }),
    nobodys: forServices,
    answer: 'INVALID_REQUEST',
  },
  'ChargeService/Refund': {
    with: () => ({ key: randomUUID(), payment: randomUUID() }),
    nobodys: forServices,
    answer: 'PAYMENT_NOT_FOUND',
  },

  'InvoiceService/GetInvoice': reading(({ invoiceId }) => ({ invoice: invoiceId })),
  'InvoiceService/ListInvoices': reading(({ customerId }) => ({ customerId })),
  'InvoiceService/GetInvoiceDocument': reading(({ invoiceId }) => ({ invoice: invoiceId })),
  'InvoiceService/ExplainInvoice': [
    reading(({ invoiceId }) => ({ invoice: invoiceId })),
    reading(({ invoiceId, lineId }) => ({ invoice: invoiceId, lineId })),
  ],

  'LedgerService/GetLedgerTotals': { with: () => everything, nobodys: forServices, answer: 'OK' },
  'LedgerService/ListLedgerEntries': { with: () => everything, nobodys: forServices, answer: 'OK' },

  'PaymentService/CreatePaymentMethod': {
    of: ({ customerId }) => ({ customerId, token: 'tok_visa' }),
    owners,
    own: 'OK',
  },
  'PaymentService/ListPaymentMethods': reading(({ customerId }) => ({ customerId })),
  'PaymentService/GetPayment': reading(({ paymentId }) => ({ payment: paymentId })),
  'PaymentService/ListPayments': reading(({ customerId }) => ({ customerId })),
  'PaymentService/ReceivePaymentWebhook': {
    with: () => ({ body: { contentType: 'application/json', data: Buffer.from('{}').toString('base64') } }),
    nobodys: 'the provider shows by a signature that it is the provider',
    answer: 'WEBHOOK_SIGNATURE_INVALID',
  },
};
