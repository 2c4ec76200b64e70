import type { Sql } from '#shared/database/database';

export interface CloseProgress {
  business: string;
  period: string;
  expected: bigint;
  moved: bigint;
  /** Null for months of which invoices came before their lines were counted. */
  invoiced: bigint | null;
  /** Still to be invoiced: nothing once the bill run is over, although it may have left out lines that billing does not know. */
  waiting: bigint | null;
}

/** Months that are being closed, and of each business the newest that is not open. */
export async function closeProgress(sql: Sql): Promise<CloseProgress[]> {
  const { rows } = await sql.query<CloseProgress>(
    `select b.name as business, p.month as period, p.lines as expected, p.moved, p.invoiced_lines as invoiced,
       case when p.bill_run_invoices <= p.invoiced then 0 else p.lines - p.invoiced_lines end as waiting
     from periods p join businesses b on b.no = p.business_no
     where p.state = 'CLOSING' or p.no in (
       select distinct on (business_no) no from periods where state <> 'OPEN' order by business_no, month desc)`,
  );
  return rows;
}
