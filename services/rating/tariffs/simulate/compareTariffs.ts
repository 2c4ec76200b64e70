import type { MessageInitShape } from '@bufbuild/protobuf';
import type { LineDifferenceSchema } from '#proto/common/v1/line_charges';
import { int64 } from '#shared/int64';
import { type Money, toProto } from '#shared/money/money';
import type { LineMonth } from '../../periods/domain/lineMonth.ts';
import type { LinePrice } from '../../periods/domain/priceLine.ts';

/** What a line was charged by its own tariffs and what it would be by another, component by component. */
export function compareTariffs(
  line: LineMonth,
  before: LinePrice,
  now: LinePrice,
): MessageInitShape<typeof LineDifferenceSchema> {
  const bytes = int64(line.bytes);
  return {
    lineId: line.lineId,
    offeringId: line.offeringId,
    usageBytesBefore: bytes,
    usageBytes: bytes,
    ...amounts(before.amount, now.amount),
    components: components(before, now),
  };
}

export function amounts(before: Money, now: Money) {
  return {
    amountBefore: toProto(before),
    amount: toProto(now),
    difference: toProto({ currency: now.currency, minor: now.minor - before.minor }),
  };
}

interface Component {
  component: string;
  tariffId: string;
  before: bigint;
  now: bigint;
}

/** Components of one name are one; the tariff named is the one that prices it now, else the one that did. */
function components(before: LinePrice, now: LinePrice) {
  const { currency } = now.amount;
  const byName = new Map<string, Component>();
  const add = (price: LinePrice, side: 'before' | 'now') => {
    for (const { portion, lines } of price.portions) {
      for (const { component, amount } of lines) {
        const known = byName.get(component.name) ?? { component: component.name, tariffId: '', before: 0n, now: 0n };
        byName.set(component.name, { ...known, tariffId: portion.tariff.id, [side]: known[side] + amount.minor });
      }
    }
  };
  add(before, 'before');
  add(now, 'now');
  return [...byName.values()].map(({ component, tariffId, before: was, now: is }) => ({
    component,
    tariffId,
    ...amounts({ currency, minor: was }, { currency, minor: is }),
  }));
}
