import { create, fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import type { LineExplanationSchema } from '#proto/billing/v1/explanation';
import { LineMonthSchema } from '#proto/common/v1/line_month';
import { type Tariff as ProtoTariff, TariffSchema } from '#proto/rating/v1/tariff';
import { toProto } from '#shared/money/money';
import { tariffFromProto } from '#shared/pricing/fromProto';
import { lineCharges } from '#shared/pricing/lineCharges';
import { sumOfLines } from '#shared/pricing/priceLine';
import { instantOf } from '#shared/time/instant';
import { pricePortions } from '../domain/chargeLine.ts';
import type { BilledLine } from '../domain/invoiceContent.ts';
import type { Portion } from '../domain/portion.ts';
import { lineMonthToProto } from '../moved/lineMonthToProto.ts';
import { readLineMonth } from '../moved/readLineMonth.ts';
import type { NewAdjustment } from '../store/adjustments.ts';

/** One thing to explain, with the month that it was priced from. */
export interface Explained {
  line: Pick<BilledLine, 'lineId' | 'totals' | 'records' | 'portions'>;
  period: string;
  /** For an adjustment: what had been charged before, in minor units. */
  chargedBefore?: bigint;
}

export function explainedAdjustment({ period, chargesBefore, lineMonth }: NewAdjustment): Explained {
  const line = readLineMonth(fromBinary(LineMonthSchema, lineMonth), 'INVALID_REQUEST');
  return { line, period, chargedBefore: chargesBefore };
}

/** Prices what is explained once more, from what was kept. */
export function explainLines(
  explained: readonly Explained[],
  tariffs: ReadonlyMap<string, ProtoTariff>,
  currency: string,
): MessageInitShape<typeof LineExplanationSchema>[] {
  const priceable = new Map([...tariffs].map(([id, tariff]) => [id, tariffFromProto(tariff)]));
  return explained.map(({ line, period, chargedBefore }) => {
    const prices = pricePortions(line.portions, priceable, period);
    const minor = prices.reduce((sum, { lines }) => sum + sumOfLines(lines, currency).minor, 0n);
    return {
      lineId: line.lineId,
      period,
      usage: lineMonthToProto(line, line.portions),
      charges: lineCharges(prices),
      amount: toProto({ currency, minor }),
      ...(chargedBefore !== undefined && { amountBefore: toProto({ currency, minor: chargedBefore }) }),
      adjustment: chargedBefore !== undefined,
    };
  });
}

/** The tariffs with those of their versions that priced something. */
export function versionsUsed(portions: readonly Portion[], tariffs: ReadonlyMap<string, ProtoTariff>): ProtoTariff[] {
  return [...Map.groupBy(portions, ({ tariffId }) => tariffId)].flatMap(([id, priced]) => {
    const tariff = tariffs.get(id);
    if (!tariff) return [];
    const times = new Set(priced.map(({ tariffVersion }) => tariffVersion?.getTime()));
    const versions = tariff.versions.filter(({ effectiveTime }) =>
      times.has(effectiveTime && instantOf(effectiveTime).getTime()),
    );
    return [create(TariffSchema, { ...tariff, versions })];
  });
}
