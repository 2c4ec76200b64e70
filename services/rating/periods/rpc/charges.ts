import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { LineChargeSchema } from '#proto/common/v1/line_charges';
import { exactText } from '#shared/money/decimal';
import { toProto } from '#shared/money/money';
import type { PriceLine } from '#shared/pricing/priceLine';
import type { PortionPrice } from '#shared/pricing/priceMonth';
import type { LinePrice } from '../domain/priceLine.ts';

/** The charges of a line's month, portion by portion. */
export function chargesToProto({ portions }: LinePrice) {
  return portions.flatMap(({ portion, lines }) => lines.map((line) => chargeToProto(portion, line)));
}

function chargeToProto(
  { tariff, version, firstDay, lastDay }: PortionPrice['portion'],
  { component, quantity, metric, amount, exact, steps }: PriceLine,
): MessageInitShape<typeof LineChargeSchema> {
  return {
    component: component.name,
    quantity: exactText(quantity),
    metric,
    amount: toProto(amount),
    exactAmount: exactText(exact),
    tariffId: tariff.id,
    tariffVersion: version.effectiveTime && timestampFromDate(version.effectiveTime),
    firstDay,
    lastDay,
    steps: steps.map((step) => ({
      kind: step.kind,
      quantity: exactText(step.quantity),
      unitPrice: exactText(step.unitPrice),
      flat: exactText(step.flat),
      amount: exactText(step.amount),
    })),
  };
}
