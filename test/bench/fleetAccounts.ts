import pg from 'pg';
import type { FleetLine } from '../../deploy/local/sample/fleet.ts';

/** Opens a rating account for every line, in service since the beginning of the year, as their orders would have done. */
export async function openAccounts(url: string, lines: FleetLine[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query("insert into businesses (name) values ('iot') on conflict do nothing");
    await client.query(
      `insert into rating_accounts
         (line_id, business_no, customer_id, offering_id, tariff_id, service_number, apn, open, active, revision)
       select 'line-' || number, (select no from businesses where name = 'iot'), 'customer', 'offering', 'tariff',
         number, apn, true, '{[2026-01-01,)}', 1
       from unnest($1::text[], $2::text[]) as line (number, apn)`,
      [lines.map(({ serviceNumber }) => serviceNumber), lines.map(({ apn }) => apn)],
    );
    await client.query('update account_revision set revision = 1');
  } finally {
    await client.end();
  }
}

/** Every line's total in the database, as `bytes in records`; sums that are not added to the totals yet included. */
export async function storedTotals(url: string): Promise<Map<string, string>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ number: string; total: string }>(
      `select service_number as number, sum(bytes)::text || ' in ' || sum(records)::text as total
       from (
         select account_no, bytes, records from usage_totals
         union all
         select e.account_no, e.bytes, e.records
         from usage_deltas d, unnest(d.accounts, d.bytes, d.records) as e (account_no, bytes, records)) as parts
         join rating_accounts on no = account_no group by 1`,
    );
    return new Map(rows.map(({ number, total }) => [number, total]));
  } finally {
    await client.end();
  }
}
