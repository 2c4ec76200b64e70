import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { Money as ProtoMoney } from '#proto/common/v1/money';
import { Fault, invalidField } from '#shared/errors/fault';
import { fromProto, type Money } from '#shared/money/money';
import type { CallContext } from '#shared/rpc/context';
import type { Tariffs } from '../../calls.ts';
import type { Fare } from '../domain/payment.ts';
import type { Trip } from '../domain/ride.ts';

/** What a trip costs by a tariff: rating's word. Every part of it began when the rider got on board, which decides what is night. */
export async function quoteFare(
  tariffs: Tariffs,
  tariff: string,
  { distanceMeters, durationSeconds }: Trip,
  boarded: Date,
  context: CallContext,
): Promise<Fare> {
  const startTime = timestampFromDate(boarded);
  const usage = [
    { metric: 'events', quantity: '1', startTime },
    { metric: 'meters', quantity: String(distanceMeters), startTime },
    { metric: 'seconds', quantity: String(durationSeconds), startTime },
  ];
  const answer = await tariffs.quote({ tariff, time: startTime, usage }, { context, deadlineMs: 3_000 });
  // A fare of 0 is a fare; a tariff for something else altogether has none, and nobody drives for nothing by mistake.
  if (answer.lines.length === 0 && distanceMeters > 0n && durationSeconds > 0n) {
    throw tariffInvalid(tariff, 'prices neither events nor meters nor seconds');
  }
  const price = { fare: amountOf(answer.total), tax: amountOf(answer.tax) };
  if (price.fare.minor < 0n || price.tax.minor < 0n) throw tariffInvalid(tariff, 'makes a ride cost less than nothing');
  return price;
}

function tariffInvalid(tariff: string, what: string): Fault {
  return new Fault('TARIFF_INVALID', { message: `tariff ${tariff} ${what}`, metadata: { tariff_id: tariff } });
}

/** Rating computes without bounds; what nobody can pay is too far, and not a fault in a field that the driver never sent. */
function amountOf(money: ProtoMoney | undefined): Money {
  try {
    return fromProto(money, 'fare');
  } catch (cause) {
    if (cause instanceof Fault && cause.reason === 'INVALID_REQUEST') {
      throw invalidField('distance_meters', 'so far costs more than any payment can be');
    }
    throw cause;
  }
}
