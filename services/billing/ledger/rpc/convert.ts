import { create } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { BalanceCause, type Entry, EntrySchema, JournalLineSchema, Ledger } from '#proto/billing/v1/entry';
import {
  type Reservation as ProtoReservation,
  ReservationSchema,
  ReservationState,
} from '#proto/billing/v1/reservation';
import { toProto } from '#shared/money/money';
import type { AccountEntry, Line } from '../domain/ledger.ts';
import type { Reservation } from '../domain/reservation.ts';

export function reservationToProto(reservation: Reservation, currency: string): ProtoReservation {
  const { id, accountId, minor, committed, refunded, state, expireTime } = reservation;
  return create(ReservationSchema, {
    id,
    accountId,
    amount: toProto({ currency, minor }),
    committed: toProto({ currency, minor: committed }),
    refunded: toProto({ currency, minor: refunded }),
    state: ReservationState[state],
    expireTime: timestampFromDate(expireTime),
  });
}

export function entryToProto(entry: AccountEntry): Entry {
  const { id, accountId, currency, position, time, cause, causeId, memo, minor, balance } = entry;
  return create(EntrySchema, {
    id,
    accountId,
    position,
    time: timestampFromDate(time),
    cause: BalanceCause[cause],
    causeId,
    memo,
    amount: toProto({ currency, minor }),
    balance: toProto({ currency, minor: balance }),
  });
}

export function lineToProto({ ledger, accountId, currency, minor }: Line) {
  return create(JournalLineSchema, {
    ledger: Ledger[ledger],
    accountId: accountId ?? '',
    amount: toProto({ currency, minor }),
  });
}
