import type { Sql } from '#shared/database/database';
import { outcomes } from '../domain/recordBatch.ts';

export interface UsageRecordRow {
  slot: bigint;
  micros: bigint;
  record_id: string;
  service_number: string;
  apn: string;
  start_time: Date;
  bytes_up: bigint;
  bytes_down: bigint;
  outcome: number;
  file_id: string;
  file_line: number;
}

export interface RecordsFilter {
  accountNo: number;
  start: Date;
  end: Date;
  /** Start time in microseconds since 1970 and slot of the last record seen. */
  after: string[] | undefined;
  limit: number;
}

/** A line's kept records of some time, by start time. A record that a whole one took the place of is left out. */
export async function recordsOf(sql: Sql, filter: RecordsFilter): Promise<UsageRecordRow[]> {
  const { rows } = await sql.query<UsageRecordRow>(
    `with page as (
       select slot, start_time, (extract(epoch from start_time) * 1000000)::int8 as micros, bytes_up, bytes_down,
         account_no, file_no, file_line, outcome
       from usage_records
       where account_no = $1 and start_time >= $2 and start_time < $3 and outcome <> $4
         and ($5::int8 is null or ((extract(epoch from start_time) * 1000000)::int8, slot) > ($5, $6))
       order by start_time, slot limit $7)
     select page.*, ids.record_id, account.service_number, account.apn, file.id as file_id
     from page join usage_ids ids using (slot) join rating_accounts account on account.no = page.account_no
       join usage_files file on file.no = page.file_no
     order by page.start_time, page.slot`,
    [
      filter.accountNo,
      filter.start,
      filter.end,
      outcomes.superseded,
      filter.after?.[0] ?? null,
      filter.after?.[1] ?? null,
      filter.limit,
    ],
  );
  return rows;
}
