import type { Sql } from '#shared/database/database';
import type { DirectoryLine } from '../domain/lineDirectory.ts';

const linesPerPage = 20_000;

interface Row {
  no: number;
  service_number: string;
  apn: string;
  active: (string | null)[];
}

/**
 * Number of the last change of any account of a business. The numbers commit in their order, so whoever reads it sees that change and
 * all before it.
 */
export async function lastRevision(sql: Sql, businessNo: number): Promise<bigint> {
  const { rows } = await sql.query<{ revision: bigint }>(
    'select coalesce(max(revision), 0) as revision from rating_accounts where business_no = $1',
    [businessNo],
  );
  return rows[0]?.revision ?? 0n;
}

/** The business's lines that changed behind a revision, some at a time. */
export async function* linesSince(sql: Sql, businessNo: number, revision: bigint): AsyncGenerator<DirectoryLine[]> {
  for (let last = 0; ; ) {
    const { rows }: { rows: Row[] } = await sql.query<Row>(
      `select no, service_number, apn,
         array(select micros from unnest(active) as stretch, lateral (values
           ((extract(epoch from lower(stretch)) * 1000000)::int8 - 946684800000000),
           ((extract(epoch from upper(stretch)) * 1000000)::int8 - 946684800000000)) as bounds (micros)) as active
       from rating_accounts where business_no = $1 and revision > $2 and no > $3 order by no limit $4`,
      [businessNo, revision, last, linesPerPage],
    );
    if (rows.length === 0) return;
    yield rows.map((row) => ({
      accountNo: row.no,
      serviceNumber: row.service_number,
      apn: row.apn,
      active: row.active.map((micros) => (micros === null ? Number.POSITIVE_INFINITY : Number(micros))),
    }));
    last = rows.at(-1)?.no ?? 0;
  }
}
