import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { type Tariff, TariffSchema } from '#proto/rating/v1/tariff';
import { isUniqueViolation, type Sql, type Transaction } from '#shared/database/database';
import { Fault } from '#shared/errors/fault';
import { etagOf } from '#shared/rpc/etag';

interface Row {
  id: string;
  tariff: Buffer;
  create_time: Date;
  revision: bigint;
}

const columns = 'id, tariff, create_time, revision';

export async function insertTariff(tx: Transaction, tariff: Tariff, now: Date): Promise<Tariff> {
  try {
    const { rows } = await tx.query<Row>(
      `insert into tariffs (id, tariff, create_time) values ($1, $2, $3) returning ${columns}`,
      [tariff.id, content(tariff), now],
    );
    return tariffOf(rows[0]);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new Fault('ID_TAKEN', { message: `there is a tariff ${tariff.id} already`, metadata: { tariff: tariff.id } });
  }
}

export async function updateTariff(tx: Transaction, tariff: Tariff): Promise<Tariff> {
  const { rows } = await tx.query<Row>(
    `update tariffs set tariff = $2, revision = revision + 1 where id = $1 returning ${columns}`,
    [tariff.id, content(tariff)],
  );
  return tariffOf(rows[0]);
}

export async function findTariff(sql: Sql, id: string, lock: '' | 'for update' = ''): Promise<Tariff> {
  const { rows } = await sql.query<Row>(`select ${columns} from tariffs where id = $1 ${lock}`, [id]);
  if (!rows[0]) throw new Fault('TARIFF_NOT_FOUND', { message: `there is no tariff ${id}`, metadata: { tariff: id } });
  return tariffOf(rows[0]);
}

/** Those of the tariffs that there are. */
export async function findTariffs(sql: Sql, ids: readonly string[], lock: '' | 'for share' = ''): Promise<Tariff[]> {
  const { rows } = await sql.query<Row>(`select ${columns} from tariffs where id = any($1::text[]) ${lock}`, [ids]);
  return rows.map(tariffOf);
}

/** Oldest first; `after` holds the creation time and id of the last one seen. */
export async function listTariffs(sql: Sql, after: string[] | undefined, limit: number): Promise<Tariff[]> {
  const [time, id] = after ?? [];
  const { rows } = await sql.query<Row>(
    `select ${columns} from tariffs
     where $1::timestamptz is null or (create_time, id) > ($1, $2) order by create_time, id limit $3`,
    [time ?? null, id ?? null, limit],
  );
  return rows.map(tariffOf);
}

/** What the database keeps beside it is left out. */
function content(tariff: Tariff): Buffer {
  return Buffer.from(toBinary(TariffSchema, create(TariffSchema, { ...tariff, createTime: undefined, etag: '' })));
}

function tariffOf(row: Row | undefined): Tariff {
  if (!row) throw new Error('unreachable: the statement returns its row');
  const tariff = fromBinary(TariffSchema, row.tariff);
  tariff.createTime = timestampFromDate(row.create_time);
  tariff.etag = etagOf(row.revision);
  return tariff;
}

/** Whether a line has, or had, this tariff. */
export async function pricesLines(sql: Sql, id: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    `select from rating_accounts where tariff_id = $1
     union all
     select from rating_accounts where offerings is not null and offerings @> jsonb_build_array(jsonb_build_object('tariffId', $1::text))
     limit 1`,
    [id],
  );
  return rowCount > 0;
}
