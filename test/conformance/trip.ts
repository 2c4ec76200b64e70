import type { Database } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { call, defineSaga, done, goto, local, type Saga, wait } from '#shared/saga/saga';

export interface Trip {
  id: string;
  /** How booking goes wrong, if it does. */
  booking?: 'refused' | 'away';
}

export interface TripLimits {
  bookMs?: number;
  confirmMs?: number;
}

/**
 * A saga with a step of every kind: book elsewhere, wait for the word, then finish, or take the booking back and fail.
 * `effects` stands for the other service, which knows each request by its key; `applied` gets 1 for a finished trip and -1
 * for a failed one.
 */
export function tripSaga(database: Database, { bookMs = 60_000, confirmMs = 60_000 }: TripLimits = {}): Saga<Trip> {
  const effect = async (kind: string, id: string, key: string) => {
    await database.query(
      `insert into effects (kind, id, key) values ($1, $2, $3)
       on conflict (key) do update set calls = effects.calls + 1`,
      [kind, id, key],
    );
  };
  const end = (n: number) =>
    local<Trip>(async (tx, trip) => {
      await tx.query('insert into applied (id, n) values ($1, $2)', [trip.id, n]);
      return done(trip);
    });
  return defineSaga<Trip>({
    type: 'trip',
    first: 'book',
    steps: {
      book: call<Trip, string>({
        limitMs: bookMs,
        run: async (trip, { key }) => {
          if (trip.booking === 'refused') throw new Fault('LINE_STATE_FORBIDS');
          if (trip.booking === 'away') throw new Fault('DEPENDENCY_UNAVAILABLE');
          await effect('book', trip.id, key);
          return key;
        },
        onResult: async (_tx, trip) => goto('confirm', trip),
        onFault: async (tx, trip, fault) => {
          await tx.query('insert into faults (id, reason) values ($1, $2)', [trip.id, fault.reason]);
          return goto('fail', trip);
        },
      }),
      confirm: wait<Trip, boolean>({
        limitMs: confirmMs,
        onSignal: async (_tx, trip, confirmed) => goto(confirmed ? 'finish' : 'undo', trip),
        onTimeout: async (_tx, trip) => goto('undo', trip),
      }),
      undo: call<Trip, void>({
        limitMs: 60_000,
        run: (trip, { key }) => effect('undo', trip.id, key),
        onResult: async (_tx, trip) => goto('fail', trip),
        onFault: async (_tx, trip) => goto('fail', trip),
      }),
      finish: end(1),
      fail: end(-1),
    },
  });
}

/** The tables of the other side. */
export const tripTables = `
  create table effects (kind text not null, id text not null, key text primary key, calls int not null default 1);
  create table faults (id text not null, reason text not null)`;
