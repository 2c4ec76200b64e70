import type { Sql, Transaction } from '#shared/database/database';
import type { Entry } from '../domain/entry.ts';
import { openPage } from './put.ts';
import type { EntryKey } from './view.ts';

interface EntryRow {
  id: string;
  customer_id: string;
  time: Date;
  event: string;
  text: string;
  subject_id: string;
}

export async function addEntry(tx: Transaction, entry: Entry): Promise<void> {
  const { id, customerId, time, event, text, subjectId } = entry;
  await openPage(tx, customerId);
  await tx.query(
    `insert into timeline (id, customer_id, time, event, text, subject_id) values ($1, $2, $3, $4, $5, $6)
     on conflict (id) do nothing`,
    [id, customerId, time, event, text, subjectId],
  );
}

export async function listTimelineRows(
  sql: Sql,
  customerId: string,
  before: EntryKey | undefined,
  limit: number,
): Promise<Entry[] | undefined> {
  const { rows } = await sql.query<EntryRow>(
    `select id, customer_id, time, event, text, subject_id from timeline
     where customer_id = $1 and ($2::timestamptz is null or (time, id) < ($2, $3))
     order by time desc, id desc limit $4`,
    [customerId, before?.time ?? null, before?.id ?? null, limit],
  );
  if (rows.length === 0 && !(await isKnown(sql, customerId))) return undefined;
  return rows.map(({ customer_id, subject_id, ...rest }) => ({
    ...rest,
    customerId: customer_id,
    subjectId: subject_id,
  }));
}

async function isKnown(sql: Sql, customerId: string): Promise<boolean> {
  const { rowCount } = await sql.query('select 1 from pages where customer_id = $1', [customerId]);
  return rowCount > 0;
}
