import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { type AccountSchema, AccountKind as ProtoAccountKind } from '#proto/billing/v1/account';
import { type InvoiceSchema, InvoiceState } from '#proto/billing/v1/invoice';
import { toProto } from '#shared/money/money';
import { etagOf } from '#shared/rpc/etag';
import { type Account, available } from '../domain/account.ts';
import { type Invoice, numberText } from '../domain/invoice.ts';

export function accountToProto(account: Account): MessageInitShape<typeof AccountSchema> {
  const { id, customerId, currency, kind, balance, reserved, revision, createTime } = account;
  return {
    id,
    customerId,
    currency,
    kind: ProtoAccountKind[kind],
    balance: toProto({ currency, minor: balance }),
    reserved: toProto({ currency, minor: reserved }),
    available: toProto({ currency, minor: available(account) }),
    createTime: timestampFromDate(createTime),
    etag: etagOf(revision),
  };
}

export function invoiceToProto(invoice: Invoice) {
  const money = (minor: bigint) => toProto({ currency: invoice.currency, minor });
  return {
    id: invoice.id,
    number: numberText(invoice.business, invoice.number),
    customerId: invoice.customerId,
    accountId: invoice.accountId,
    business: invoice.business,
    period: invoice.period,
    state: InvoiceState[invoice.state],
    lines: invoice.lines.map(({ amount, tariffVersion, adjustedPeriod = '', ...line }) => ({
      ...line,
      adjustedPeriod,
      amount: money(amount),
      ...(tariffVersion && { tariffVersion: timestampFromDate(tariffVersion) }),
    })),
    subtotal: money(invoice.subtotal),
    tax: money(invoice.tax),
    total: money(invoice.total),
    issueTime: timestampFromDate(invoice.issueTime),
    customerName: invoice.customerName,
    email: invoice.email,
    address: invoice.address,
  } satisfies MessageInitShape<typeof InvoiceSchema>;
}
