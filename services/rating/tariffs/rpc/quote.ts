import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Tariff } from '#proto/rating/v1/tariff';
import type { UsageItem as ProtoItem, QuoteRequest, QuoteResponseSchema } from '#proto/rating/v1/tariff_service';
import { Fault } from '#shared/errors/fault';
import { decimal, exactText, zero } from '#shared/money/decimal';
import { addMoney, toProto } from '#shared/money/money';
import { tariffFromProto } from '#shared/pricing/fromProto';
import { counts, type PriceLine, sumOfLines } from '#shared/pricing/priceLine';
import { priceVersion } from '#shared/pricing/priceVersion';
import type { UsageItem } from '#shared/pricing/tariff';
import { taxOn } from '#shared/pricing/tax';
import { versionAt } from '#shared/pricing/versionAt';
import { instantOf } from '#shared/time/instant';

/** Prices usage by the version in force, without charging anything. A recurring fee counts whole: 1 of 1 days. */
export function quote(
  request: QuoteRequest,
  proto: Tariff,
  now: Date,
  timeZone: string,
): MessageInitShape<typeof QuoteResponseSchema> {
  const tariff = tariffFromProto(proto);
  const time = request.time ? instantOf(request.time) : now;
  const version = versionAt(tariff, time);
  if (!version) {
    throw new Fault('TARIFF_VERSION_NOT_FOUND', {
      message: `${tariff.id} has no version in force at ${time.toISOString()}`,
    });
  }
  const { currency } = tariff;
  const usage = request.usage.map((item) => itemOf(item, time));
  const lines = priceVersion(version, usage, { currency, activeDays: 1, daysInMonth: 1, timeZone }).filter(counts);
  const amount = sumOfLines(lines, currency);
  const tax = taxOn(amount, tariff.taxRate);
  return {
    amount: toProto(amount),
    tax: toProto(tax),
    total: toProto(addMoney(amount, tax)),
    lines: lines.map(lineOf),
  };
}

function itemOf({ metric, quantity, startTime, amount }: ProtoItem, time: Date): UsageItem {
  return {
    metric,
    quantity: quantity ? decimal(quantity) : zero,
    startTime: startTime ? instantOf(startTime) : time,
    amount: amount ? decimal(amount) : undefined,
  };
}

function lineOf({ component, quantity, amount, exact, steps }: PriceLine) {
  return {
    component: component.name,
    quantity: exactText(quantity),
    amount: toProto(amount),
    exactAmount: exactText(exact),
    steps: steps.map((step) => ({
      kind: step.kind,
      quantity: exactText(step.quantity),
      unitPrice: exactText(step.unitPrice),
      flat: exactText(step.flat),
      amount: exactText(step.amount),
    })),
  };
}
