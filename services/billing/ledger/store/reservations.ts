import type { Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';
import type { Reservation } from '../domain/reservation.ts';

export async function readReservations(tx: Transaction, ids: readonly string[]): Promise<Reservation[]> {
  if (ids.length === 0) return [];
  const { rows } = await prepared(
    tx,
    `select id, account_id as "accountId", amount as minor, committed, tax, refunded, state,
       create_time as "createTime", expire_time as "expireTime",
       (select json_agg(json_build_object('creditId', credit_id, 'minor', part.amount::text) order by expire_time, credit_id)
        from reservation_credits as part join credits on credits.id = credit_id
        where reservation_id = reservations.id) as parts
     from reservations where id = any($1::uuid[])`,
    [ids],
  );
  return rows.map(({ parts, ...reservation }) => ({
    ...reservation,
    parts: ((parts ?? []) as { creditId: string; minor: string }[]).map(({ creditId, minor }) => ({
      creditId,
      minor: BigInt(minor),
    })),
  }));
}

export async function insertReservations(tx: Transaction, reservations: readonly Reservation[]): Promise<void> {
  if (reservations.length === 0) return;
  await prepared(
    tx,
    `insert into reservations (id, account_id, amount, create_time, expire_time)
     select * from unnest($1::uuid[], $2::text[], $3::bigint[], $4::timestamptz[], $5::timestamptz[])`,
    [
      reservations.map(({ id }) => id),
      reservations.map(({ accountId }) => accountId),
      reservations.map(({ minor }) => minor),
      reservations.map(({ createTime }) => createTime),
      reservations.map(({ expireTime }) => expireTime),
    ],
  );
}

export async function insertReservationCredits(tx: Transaction, reservations: readonly Reservation[]): Promise<void> {
  const parts = reservations.flatMap(({ id, parts }) => parts.map((part) => ({ id, ...part })));
  if (parts.length === 0) return;
  await prepared(
    tx,
    `insert into reservation_credits (reservation_id, credit_id, amount)
     select * from unnest($1::uuid[], $2::uuid[], $3::bigint[])`,
    [parts.map(({ id }) => id), parts.map(({ creditId }) => creditId), parts.map(({ minor }) => minor)],
  );
}

/** Writes how reservations ended and what was given back of them. */
export async function updateReservations(tx: Transaction, reservations: readonly Reservation[]): Promise<void> {
  if (reservations.length === 0) return;
  await prepared(
    tx,
    `update reservations set state = given.state, committed = given.committed, tax = given.tax, refunded = given.refunded
     from unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[])
       as given (id, state, committed, tax, refunded)
     where reservations.id = given.id`,
    [
      reservations.map(({ id }) => id),
      reservations.map(({ state }) => state),
      reservations.map(({ committed }) => committed),
      reservations.map(({ tax }) => tax),
      reservations.map(({ refunded }) => refunded),
    ],
  );
}
