import type { Sql } from '#shared/database/database';
import { type MessageRow, messageColumns } from './mapping.ts';

export async function findMessage(sql: Sql, id: string): Promise<MessageRow | undefined> {
  const { rows } = await sql.query<MessageRow>(`select ${messageColumns} from messages where id = $1`, [id]);
  return rows[0];
}

/** Messages, newest first; empty filters are open, `after` is the last id of the page before. */
export async function listMessages(
  sql: Sql,
  filter: {
    customerId: string;
    driverId: string;
    channel: string;
    state: string;
    after: string | undefined;
    limit: number;
  },
): Promise<MessageRow[]> {
  // Built out of fixed parts, so that PostgreSQL sees which index a filter can use.
  const conditions = ['true'];
  const values: unknown[] = [];
  const where = (condition: string, value: unknown) => {
    values.push(value);
    conditions.push(`${condition} $${values.length}`);
  };
  if (filter.customerId) where('customer_id =', filter.customerId);
  if (filter.driverId) where('driver_id =', filter.driverId);
  if (filter.channel) where('channel =', filter.channel);
  if (filter.state) where('state =', filter.state);
  if (filter.after) where('id <', filter.after);
  values.push(filter.limit);
  const { rows } = await sql.query<MessageRow>(
    `select ${messageColumns} from messages where ${conditions.join(' and ')} order by id desc limit $${values.length}`,
    values,
  );
  return rows;
}
