import type { Sql, Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';
import { decimal, exactText } from '#shared/money/decimal';
import type { Session, SessionState } from '../domain/session.ts';
import { type StoredStretch, toStored, toStretch } from './stretches.ts';

interface Row {
  id: string;
  customer_id: string;
  account_id: string;
  tariff_id: string;
  metric: string;
  currency: string;
  state: SessionState;
  stretches: StoredStretch[];
  granted: string;
  used: string;
  paid: string;
  charged: bigint;
  tax: bigint;
  reserved: bigint;
  reservation_id: string;
  hold_ms: bigint;
  final_grant: boolean;
  sequence: bigint;
  command: string | null;
  start_time: Date;
  expire_time: Date;
  end_time: Date | null;
}

/** Adds a session; false if there is one of this id. A second one waits for the first one's transaction. */
export async function insertSession(tx: Transaction, session: Session): Promise<boolean> {
  const { id, customerId, accountId, tariffId, metric, currency, state } = session;
  const { rowCount } = await prepared(
    tx,
    `insert into charging_sessions (id, customer_id, account_id, tariff_id, metric, currency, state, stretches, granted, used,
       paid, charged, tax, reserved, reservation_id, hold_ms, final_grant, sequence, command, start_time, expire_time)
     values ($1, $2, $3, $4, $5, $6, $7, '[]', 0, 0, 0, 0, 0, 0, '', $8, false, 0, $9, $10, $11)
     on conflict (id) do nothing`,
    [
      ...[id, customerId, accountId, tariffId, metric, currency, state],
      ...[session.holdMs, session.command, session.startTime, session.expireTime],
    ],
  );
  return rowCount === 1;
}

export async function findSession(sql: Sql, id: string): Promise<Session | undefined> {
  const { rows } = await prepared<Row>(sql, 'select * from charging_sessions where id = $1', [id]);
  return rows[0] && toSession(rows[0]);
}

/** The session, locked until the transaction ends. */
export async function lockSession(tx: Transaction, id: string): Promise<Session | undefined> {
  const { rows } = await prepared<Row>(tx, 'select * from charging_sessions where id = $1 for update', [id]);
  return rows[0] && toSession(rows[0]);
}

/** Writes all that changes about a session in its life. */
export async function saveSession(tx: Transaction, session: Session): Promise<void> {
  const stretches = session.stretches.map(toStored);
  await prepared(
    tx,
    `update charging_sessions set account_id = $2, state = $3, stretches = $4, granted = $5, used = $6, paid = $7, charged = $8,
       tax = $9, reserved = $10, reservation_id = $11, hold_ms = $12, final_grant = $13, sequence = $14, command = $15,
       expire_time = $16, end_time = $17
     where id = $1`,
    [
      ...[session.id, session.accountId, session.state, JSON.stringify(stretches)],
      ...[session.granted, session.used, session.paid].map(exactText),
      ...[session.charged, session.tax, session.reserved, session.reservationId, session.holdMs, session.finalGrant],
      ...[session.sequence, session.command ?? null, session.expireTime, session.endTime ?? null],
    ],
  );
}

/** Takes a session back that has never begun. */
export async function deleteSession(tx: Transaction, id: string): Promise<void> {
  await tx.query('delete from charging_sessions where id = $1', [id]);
}

/** Sessions whose time is over, the longest over first; each locked, and passed by where somebody else has it. */
export async function lockExpired(tx: Transaction, now: Date, most: number): Promise<Session[]> {
  const { rows } = await tx.query<Row>(
    `select * from charging_sessions where state = 'OPEN' and command is null and expire_time <= $1
     order by expire_time limit $2 for update skip locked`,
    [now, most],
  );
  return rows.map(toSession);
}

function toSession(row: Row): Session {
  return {
    id: row.id,
    customerId: row.customer_id,
    accountId: row.account_id,
    tariffId: row.tariff_id,
    metric: row.metric,
    currency: row.currency,
    state: row.state,
    stretches: row.stretches.map(toStretch),
    granted: decimal(row.granted),
    used: decimal(row.used),
    paid: decimal(row.paid),
    charged: row.charged,
    tax: row.tax,
    reserved: row.reserved,
    reservationId: row.reservation_id,
    holdMs: Number(row.hold_ms),
    finalGrant: row.final_grant,
    sequence: row.sequence,
    command: row.command ?? undefined,
    startTime: row.start_time,
    expireTime: row.expire_time,
    endTime: row.end_time ?? undefined,
  };
}
