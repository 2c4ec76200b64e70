import type { Sql } from '#shared/database/database';
import { LineDirectory } from '../domain/lineDirectory.ts';

interface Row {
  no: number;
  service_number: string;
  apn: string;
  active: (string | null)[];
}

/** Number of the last change of any account. Whoever reads it sees that change and all before it. */
export async function accountRevision(sql: Sql): Promise<bigint> {
  const { rows } = await sql.query<{ revision: bigint }>('select revision from account_revision');
  return rows[0]?.revision ?? 0n;
}

/** The lines of every business that usage came for, kept up to date by their revisions. One for the process. */
export class LineDirectories {
  readonly #byBusiness = new Map<number, LineDirectory>();

  /** The business's lines as of at least the revision. */
  async get(sql: Sql, businessNo: number, revision: bigint): Promise<LineDirectory> {
    const directory = this.#byBusiness.get(businessNo) ?? new LineDirectory();
    this.#byBusiness.set(businessNo, directory);
    if (directory.revision >= revision) return directory;
    const { rows } = await sql.query<Row>(
      `select no, service_number, apn,
         array(select micros from unnest(active) as stretch, lateral (values
           ((extract(epoch from lower(stretch)) * 1000000)::int8 - 946684800000000),
           ((extract(epoch from upper(stretch)) * 1000000)::int8 - 946684800000000)) as bounds (micros)) as active
       from rating_accounts where business_no = $1 and revision > $2 order by no`,
      [businessNo, directory.revision],
    );
    for (const row of rows) {
      directory.put({
        accountNo: row.no,
        serviceNumber: row.service_number,
        apn: row.apn,
        active: row.active.map((micros) => (micros === null ? Number.POSITIVE_INFINITY : Number(micros))),
      });
    }
    if (directory.revision < revision) directory.revision = revision;
    return directory;
  }
}
