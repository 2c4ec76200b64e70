import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import {
  type CustomerSettlement,
  CustomerSettlementSchema,
  type Settlement,
  SettlementSchema,
  SettlementState,
} from '#proto/settlement/v1/settlement';
import { amountText, toProto } from '#shared/money/money';
import type { CustomerSums, ProductSums, Totals } from '../domain/books.ts';
import type { Difference } from '../domain/reconcile.ts';
import type { SettlementHead } from '../store/mapping.ts';

/** A settlement as the contract has it. In a list it comes without products, and without `differences`. */
export function settlementToProto(
  head: SettlementHead,
  totals: readonly Totals[],
  products: readonly ProductSums[],
): Settlement {
  const only = totals.length === 1 ? totals[0] : undefined;
  const money = (currency: string, minor: bigint) => toProto({ currency, minor });
  return create(SettlementSchema, {
    business: head.business,
    period: head.period,
    state: SettlementState[head.verdict.state],
    invoices: head.invoices,
    lines: head.lines,
    customers: head.customers,
    totalUsageBytes: head.usageBytes,
    totalCharges: only && money(only.currency, only.subtotal),
    totalTax: only && money(only.currency, only.tax),
    totalInvoiced: only && money(only.currency, only.total),
    totals: totals.map(({ currency, subtotal, tax, total }) => ({
      charges: money(currency, subtotal),
      tax: money(currency, tax),
      invoiced: money(currency, total),
    })),
    products: products.map(({ currency, charges, adjustmentCharges, ...product }) => ({
      ...product,
      charges: money(currency, charges),
      adjustmentCharges: money(currency, adjustmentCharges),
    })),
    differences: head.verdict.state === 'DIFFERENCE' ? head.verdict.differences.map(differenceToProto) : [],
    settleTime: head.settleTime && timestampFromDate(head.settleTime),
  });
}

export function customerToProto(sums: CustomerSums): CustomerSettlement {
  const { customerId, invoices, lines, usageBytes, currency, charges } = sums;
  return create(CustomerSettlementSchema, {
    customerId,
    invoices,
    lines,
    usageBytes,
    charges: toProto({ currency, minor: charges }),
  });
}

/** A figure in words of the contract: a whole number, or an amount with its currency. */
export function figureText(currency: string, value: bigint): string {
  return currency === '' ? String(value) : `${amountText({ currency, minor: value })} ${currency}`;
}

function differenceToProto({ figure, offeringId, source, currency, expected, actual }: Difference) {
  return {
    figure,
    offeringId,
    source,
    expected: figureText(currency, expected),
    actual: figureText(currency, actual),
  };
}
