import type { Sql, Transaction } from '#shared/database/database';
import type { Line, LineState } from '../domain/line.ts';
import { type LineRow, lineColumns, toLine } from './mapping.ts';

export async function findLine(sql: Sql, id: string): Promise<Line | undefined> {
  const { rows } = await sql.query<LineRow>(`select ${lineColumns} from lines where id = $1`, [id]);
  return rows[0] && toLine(rows[0]);
}

/** The line, locked until the transaction ends. */
export async function lockLine(tx: Transaction, id: string): Promise<Line | undefined> {
  const { rows } = await tx.query<LineRow>(`select ${lineColumns} from lines where id = $1 for update`, [id]);
  return rows[0] && toLine(rows[0]);
}

/** Empty texts and an undefined state let every line through. */
export interface LineFilter {
  customerId: string;
  serviceNumber: string;
  business: string;
  state: LineState | undefined;
  after: string | undefined;
  limit: number;
}

/** Lines in the order of their ids, which is that of their ordering. */
export async function listLineRows(sql: Sql, filter: LineFilter): Promise<Line[]> {
  const { rows } = await sql.query<LineRow>(
    `select ${lineColumns} from lines
     where ($1 = '' or customer_id = $1) and ($2 = '' or service_number = $2) and ($3 = '' or business = $3)
       and ($4::text is null or state = $4) and ($5::text is null or id > $5)
     order by id limit $6`,
    [
      filter.customerId,
      filter.serviceNumber,
      filter.business,
      filter.state ?? null,
      filter.after ?? null,
      filter.limit,
    ],
  );
  return rows.map(toLine);
}
