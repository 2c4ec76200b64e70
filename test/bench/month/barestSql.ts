import pg from 'pg';

export interface MonthSum {
  invoices: number;
  lines: number;
  /** In won. */
  total: bigint;
}

/**
 * The least that a month end could cost in PostgreSQL: one charge row a line and one invoice row an account, priced set-based from tables that hold the
 * totals and the accounts side by side already, with nothing handed over, nothing posted, nothing announced. Answers how long it
 * took and what it came to.
 */
export async function barestMonth(ratingUrl: string, billingUrl: string): Promise<MonthSum & { seconds: number }> {
  const rating = await connected(ratingUrl);
  const billing = await connected(billingUrl);
  try {
    await billing.query('drop schema if exists barest cascade; create schema barest');
    await billing.query(
      'create table barest.line (line_id text primary key, account_id text not null, bytes numeric not null)',
    );
    await fill(rating, billing);
    await billing.query(`
      create table barest.charge (line_id text primary key, account_id text not null, fee bigint not null, usage bigint not null);
      create table barest.invoice (number bigint primary key, account_id text not null, subtotal bigint not null, tax bigint not null)`);
    await billing.query('analyze barest.line');
    await billing.query('checkpoint');
    const started = performance.now();
    await billing.query('begin');
    await billing.query(`
      insert into barest.charge
      select line_id, account_id, 1900,
        round(least(units, 100) * 20.5 + greatest(least(units, 1000) - 100, 0) * 10.25 + greatest(units - 1000, 0) * 5.125)
      from (select line_id, account_id, greatest(bytes - 104857600, 0) / 1048576 as units from barest.line) as used`);
    await billing.query(`
      insert into barest.invoice
      select row_number() over (order by account_id), account_id, sum(fee + usage), round(sum(fee + usage) * 0.1)
      from barest.charge group by account_id`);
    await billing.query('commit');
    const seconds = (performance.now() - started) / 1000;
    const { rows } = await billing.query<{ invoices: string; lines: string; total: string }>(
      `select count(*) as invoices, (select count(*) from barest.charge) as lines, sum(subtotal + tax)::text as total
       from barest.invoice`,
    );
    await billing.query('drop schema barest cascade');
    const [sum] = rows;
    return { seconds, invoices: Number(sum?.invoices), lines: Number(sum?.lines), total: BigInt(sum?.total ?? 0) };
  } finally {
    await rating.end();
    await billing.end();
  }
}

/** Totals are rating's, accounts are billing's: they are brought together here, outside of what is measured. */
async function fill(rating: pg.Client, billing: pg.Client): Promise<void> {
  const batch = 50_000;
  for (let after = 0; ; after += batch) {
    const { rows } = await rating.query<{ line_id: string; bytes: string }>(
      `select line_id, bytes::text from usage_totals join rating_accounts on no = account_no where no > $1 and no <= $2`,
      [after, after + batch],
    );
    if (rows.length === 0) return;
    await billing.query(
      `insert into barest.line select line_id, account_id, bytes
       from unnest($1::text[], $2::numeric[]) as given (line_id, bytes) join charge_accounts using (line_id)`,
      [rows.map(({ line_id }) => line_id), rows.map(({ bytes }) => bytes)],
    );
  }
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}
