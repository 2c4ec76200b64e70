import type { Money as ProtoMoney } from '#proto/common/v1/money';
import { Fault, invalidField } from '#shared/errors/fault';
import { fromProto, type Money } from '#shared/money/money';
import type { CallContext } from '#shared/rpc/context';
import type { Tariffs } from '../calls.ts';

export interface Price {
  /** With tax. */
  total: Money;
  tax: Money;
}

/** What so many pieces cost by a tariff, now: rating's word, in one order of so many `units`. */
export async function quote(tariffs: Tariffs, tariff: string, quantity: bigint, context: CallContext): Promise<Price> {
  const usage = [
    { metric: 'units', quantity: String(quantity) },
    { metric: 'events', quantity: '1' },
  ];
  const answer = await tariffs.quote({ tariff, usage }, { context, deadlineMs: 3_000 });
  // A price of 0 is a price; a tariff for bytes, say, has none for pieces, and nothing is given away by mistake.
  if (answer.lines.length === 0) {
    throw new Fault('TARIFF_INVALID', {
      message: `tariff ${tariff} prices neither units nor events`,
      metadata: { tariff_id: tariff },
    });
  }
  const price = { total: priceOf(answer.total), tax: priceOf(answer.tax) };
  if (price.total.minor >= 0n && price.tax.minor >= 0n) return price;
  throw new Fault('TARIFF_INVALID', {
    message: `tariff ${tariff} makes ${quantity} pieces cost less than nothing`,
    metadata: { tariff_id: tariff },
  });
}

/** Rating computes without bounds. What no account can hold is too many pieces, and not a fault in a field that the buyer never sent. */
function priceOf(money: ProtoMoney | undefined): Money {
  try {
    return fromProto(money, 'price');
  } catch (cause) {
    if (cause instanceof Fault && cause.reason === 'INVALID_REQUEST') {
      throw invalidField('quantity', 'so many cost more than any account can hold');
    }
    throw cause;
  }
}
