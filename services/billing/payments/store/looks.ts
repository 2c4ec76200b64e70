import type { Sql } from '#shared/database/database';

/** Something of which nobody knows yet what became of it. */
export interface Unsettled {
  kind: 'payment' | 'refund';
  id: string;
  looks: number;
}

/** Rung when something is to be looked at. */
export const looksChannel = 'billing_payment_looks';

const tables = { payment: 'payments', refund: 'refunds' } as const;

/** What is to be looked at by now, the longest due first. */
export async function readUnsettled(sql: Sql, now: Date, limit: number): Promise<Unsettled[]> {
  const { rows } = await sql.query<Unsettled>(
    `select kind, id, looks from (
       (select 'payment' as kind, id, looks, look_time from payments
        where state = 'PENDING' and look_time <= $1 order by look_time limit $2)
       union all
       (select 'refund', id, looks, look_time from refunds
        where state = 'PENDING' and look_time <= $1 order by look_time limit $2)
     ) as due order by look_time limit $2`,
    [now, limit],
  );
  return rows;
}

/** Has the worker look as soon as it can. */
export async function lookNow(sql: Sql, kind: Unsettled['kind'], id: string, now: Date): Promise<void> {
  await sql.query(
    `with due as (
       update ${tables[kind]} set look_time = least(look_time, $2) where id = $1 and state = 'PENDING' returning 1
     )
     select pg_notify($3, '') from due`,
    [id, now, looksChannel],
  );
}

/** After a look in vain. A look that somebody has asked for meanwhile is not put off. */
export async function lookLater(sql: Sql, { kind, id, looks }: Unsettled, until: Date, began: Date): Promise<void> {
  await sql.query(
    `update ${tables[kind]} set look_time = $2, looks = $3 + 1
     where id = $1 and state = 'PENDING' and looks = $3 and look_time <= $4`,
    [id, until, looks, began],
  );
}
