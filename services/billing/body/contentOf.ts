import { fromBinary } from '@bufbuild/protobuf';
import {
  type BodyCharge,
  type BodyComponent,
  BodyComponentKind,
  type BodyLine,
  type BodyPlan,
  InvoiceBodySchema,
} from '#proto/billing/v1/invoice_body';
import { int64 } from '#shared/int64';
import { instantOf } from '#shared/time/instant';
import { daysInMonth } from '#shared/time/month';
import type { Charge } from '../domain/chargeLine.ts';
import { feeDays } from '../domain/describeCharge.ts';
import type { BilledLine, InvoiceContent } from '../domain/invoiceContent.ts';
import type { Quantities } from '../domain/portion.ts';
import { readLineMonth } from '../moved/readLineMonth.ts';

/** The one reader of invoices' bodies. */
export function contentOf(body: Uint8Array, month: string): InvoiceContent {
  const { plans, lines, adjustments } = fromBinary(InvoiceBodySchema, body);
  const days = daysInMonth(month);
  return {
    lines: lines
      .map((line) => {
        const plan = plans[line.plan - 1];
        return plan ? plannedLine(line, plan, days) : ownLine(line);
      })
      .sort((a, b) => (a.lineId < b.lineId ? -1 : 1)),
    adjustments: adjustments.map((charge) => ({
      ...chargeOf(charge),
      lineId: charge.lineId,
      serviceNumber: charge.serviceNumber,
      adjustedPeriod: charge.adjustedPeriod,
    })),
  };
}

function plannedLine(line: BodyLine, plan: BodyPlan, days: number): BilledLine {
  const { lineId, serviceNumber, activeDays, bytes, records } = line;
  const { offeringId, tariffId } = plan;
  const tariffVersion = plan.tariffVersion && instantOf(plan.tariffVersion);
  const totals: Quantities = { ...(bytes !== '' && { bytes }), events: String(records) };
  const shown = plan.components.map((component, index): Charge => {
    const { quantity, metric } = quantityOf(component, activeDays, totals);
    const { name, kind } = component;
    const isPartial = kind === BodyComponentKind.DAILY_FEE && activeDays < days;
    return {
      component: name,
      description: isPartial ? `${name} (${feeDays(activeDays, days)})` : name,
      ...{ quantity, metric, offeringId, tariffId, tariffVersion },
      amount: line.amounts[index] ?? 0n,
    };
  });
  return {
    ...{ lineId, serviceNumber, offeringId, records, totals },
    usageBytes: int64(bytes || '0'),
    portions: [{ tariffId, tariffVersion, offeringId, firstDay: 1, lastDay: days, activeDays, totals, counted: {} }],
    charges: shown.filter(({ quantity, amount }) => quantity !== '0' || amount !== 0n),
  };
}

/** As the pricers say it: days for a fee, nothing for a bound. */
function quantityOf(
  { kind, metric }: BodyComponent,
  days: number,
  totals: Quantities,
): Pick<Charge, 'quantity' | 'metric'> {
  switch (kind) {
    case BodyComponentKind.DAILY_FEE:
    case BodyComponentKind.FEE:
      return { quantity: String(days), metric: 'days' };
    case BodyComponentKind.BOUND:
      return { quantity: '0', metric: '' };
    case BodyComponentKind.QUANTITY:
      return { quantity: BigInt(totals[metric] ?? '0').toString(), metric };
    default:
      throw new Error(`a component of kind ${kind}`);
  }
}

function ownLine({ lineId, serviceNumber, offeringId, month, charges }: BodyLine): BilledLine {
  if (!month) throw new Error(`line ${lineId} has neither a plan nor a month`);
  const { totals, usageBytes, records, portions } = readLineMonth(month, 'INVALID_REQUEST');
  return { lineId, serviceNumber, offeringId, usageBytes, totals, records, portions, charges: charges.map(chargeOf) };
}

function chargeOf({
  component,
  description,
  quantity,
  metric,
  amount,
  offeringId,
  tariffId,
  tariffVersion,
}: BodyCharge) {
  const charge = { component, description, quantity, metric, amount, offeringId, tariffId };
  return { ...charge, tariffVersion: tariffVersion && instantOf(tariffVersion) };
}
