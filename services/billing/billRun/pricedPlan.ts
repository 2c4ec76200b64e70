import { create, toBinary } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { BodyComponentKind, BodyPlanSchema, InvoiceBodySchema } from '#proto/billing/v1/invoice_body';
import { exactText } from '#shared/money/decimal';
import { isBound } from '#shared/pricing/bounds';
import { type CompiledVersion, compileVersion } from '#shared/pricing/compileVersion';
import { countsItems } from '#shared/pricing/needsItems';
import type { Component, Tariff, TariffVersion } from '#shared/pricing/tariff';

/** What prices the whole months of lines by their totals, made ready for millions of them. */
export interface PricedPlan {
  /** As an invoice's body names it: a field `plans` of it. */
  entry: Uint8Array;
  /** The tariff's tax rate, as exact text. */
  rate: string;
  currency: string;
  price: CompiledVersion['price'];
  kinds: readonly BodyComponentKind[];
  /** Of each component: whether it counts bytes, records, or what lines have none of. */
  metrics: readonly ('bytes' | 'events' | 'none')[];
}

/** Undefined where a version cannot be priced by totals alone; such lines are priced one by one, which tells what is wrong with them. */
export function pricedPlan(
  offeringId: string,
  tariff: Tariff,
  version: TariffVersion,
  daysInMonth: number,
): PricedPlan | undefined {
  const { components, effectiveTime } = version;
  if (components.some(countsItems)) return undefined;
  const compiled = compileVersion(version, tariff.currency, daysInMonth);
  if (!compiled) return undefined;
  const kinds = components.map(kindOf);
  const plan = create(BodyPlanSchema, {
    offeringId,
    tariffId: tariff.id,
    ...(effectiveTime && { tariffVersion: timestampFromDate(effectiveTime) }),
    components: components.map(({ name, metric }, index) => {
      const kind = kinds[index] ?? BodyComponentKind.UNSPECIFIED;
      return { name, kind, metric: kind === BodyComponentKind.QUANTITY ? metric : '' };
    }),
  });
  return {
    entry: toBinary(InvoiceBodySchema, create(InvoiceBodySchema, { plans: [plan] })),
    rate: exactText(tariff.taxRate),
    currency: tariff.currency,
    price: compiled.price,
    kinds,
    metrics: components.map(({ metric }) => (metric === 'bytes' || metric === 'events' ? metric : 'none')),
  };
}

function kindOf({ model }: Component): BodyComponentKind {
  if (isBound(model)) return BodyComponentKind.BOUND;
  if (model.kind !== 'recurring') return BodyComponentKind.QUANTITY;
  return model.proration === 'DAILY' ? BodyComponentKind.DAILY_FEE : BodyComponentKind.FEE;
}
