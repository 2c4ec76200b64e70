import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { LineChargeSchema } from '#proto/common/v1/line_charges';
import { exactText } from '../money/decimal.ts';
import { toProto } from '../money/money.ts';
import { counts } from './priceLine.ts';
import type { PortionPrice } from './priceMonth.ts';

/** A priced month as the contract explains it: what each component charges for each portion, with its steps. What says nothing is left out. */
export function lineCharges(prices: readonly PortionPrice[]): MessageInitShape<typeof LineChargeSchema>[] {
  return prices.flatMap(({ portion, lines }) =>
    lines.filter(counts).map(({ component, quantity, metric, amount, exact, steps }) => ({
      component: component.name,
      quantity: exactText(quantity),
      metric,
      amount: toProto(amount),
      exactAmount: exactText(exact),
      tariffId: portion.tariff.id,
      ...(portion.version.effectiveTime && { tariffVersion: timestampFromDate(portion.version.effectiveTime) }),
      firstDay: portion.firstDay,
      lastDay: portion.lastDay,
      steps: steps.map((step) => ({
        kind: step.kind,
        quantity: exactText(step.quantity),
        unitPrice: exactText(step.unitPrice),
        flat: exactText(step.flat),
        amount: exactText(step.amount),
      })),
    })),
  );
}
