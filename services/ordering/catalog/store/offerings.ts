import type { Sql, Transaction } from '#shared/database/database';
import { prepared } from '#shared/database/prepared';
import type { Offering, OfferingKind } from '../offering.ts';

interface OfferingRow {
  id: string;
  business: string;
  kind: OfferingKind;
  display_name: string;
  tariff_id: string;
  create_time: Date;
  revision: bigint;
}

const columns = 'id, business, kind, display_name, tariff_id, create_time, revision';

/** False when the id is taken. Two creators of one id meet here: the second waits for the first one's transaction. */
export async function insertOffering(tx: Transaction, offering: Offering): Promise<boolean> {
  const { id, business, kind, displayName, tariffId, createTime, revision } = offering;
  const { rowCount } = await tx.query(
    `insert into offerings (${columns}) values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do nothing`,
    [id, business, kind, displayName, tariffId, createTime, revision],
  );
  return rowCount === 1;
}

/** Writes the offering's changeable fields and its revision. */
export async function updateOfferingRow(tx: Transaction, offering: Offering): Promise<void> {
  const { id, displayName, tariffId, revision } = offering;
  await tx.query('update offerings set display_name = $2, tariff_id = $3, revision = $4 where id = $1', [
    id,
    displayName,
    tariffId,
    revision,
  ]);
}

export async function findOffering(sql: Sql, id: string): Promise<Offering | undefined> {
  const { rows } = await prepared<OfferingRow>(sql, `select ${columns} from offerings where id = $1`, [id]);
  return rows[0] && toOffering(rows[0]);
}

/** The offering, locked until the transaction ends. */
export async function lockOffering(tx: Transaction, id: string): Promise<Offering | undefined> {
  const { rows } = await tx.query<OfferingRow>(`select ${columns} from offerings where id = $1 for update`, [id]);
  return rows[0] && toOffering(rows[0]);
}

export interface OfferingFilter {
  /** Empty: of every business. */
  business: string;
  after: { createTime: Date; id: string } | undefined;
  limit: number;
}

/** Offerings, oldest first. */
export async function listOfferingRows(sql: Sql, { business, after, limit }: OfferingFilter): Promise<Offering[]> {
  const { rows } = await sql.query<OfferingRow>(
    `select ${columns} from offerings
     where ($1 = '' or business = $1) and ($2::timestamptz is null or (create_time, id) > ($2, $3))
     order by create_time, id limit $4`,
    [business, after?.createTime ?? null, after?.id ?? null, limit],
  );
  return rows.map(toOffering);
}

function toOffering(row: OfferingRow): Offering {
  return {
    id: row.id,
    business: row.business,
    kind: row.kind,
    displayName: row.display_name,
    tariffId: row.tariff_id,
    createTime: row.create_time,
    revision: row.revision,
  };
}
