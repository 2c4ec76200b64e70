import pg from 'pg';

export interface FleetSize {
  lines: number;
  /** Lines that share an account, and so an invoice. */
  linesPerAccount: number;
}

export const business = 'fleet';
export const month = '2026-10';
const since = '2026-01-01T00:00:00+09:00';
const lineId = "'019a0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0')";
const customerId = "'019b0000-0000-7000-8000-' || lpad(to_hex((n - 1) % $2::int), 12, '0')";
const accountId = "'019c0000-0000-7000-8000-' || lpad(to_hex((n - 1) % $2::int), 12, '0')";

/** A tariff with a fee, an allowance and three tiers, in won. */
export const tariff = {
  id: 'fleet-tiers',
  displayName: 'Fleet',
  currency: 'KRW',
  taxRate: '0.1',
  versions: [
    {
      components: [
        { name: 'Monthly fee', recurring: { amount: '1900' } },
        {
          name: 'Data',
          metric: 'bytes',
          unit: '1048576',
          allowance: '104857600',
          graduated: {
            tiers: [{ upTo: '100', unitPrice: '20.5' }, { upTo: '1000', unitPrice: '10.25' }, { unitPrice: '5.125' }],
          },
        },
      ],
    },
  ],
};

/** Writes the lines as their orders would have, with a month's totals, straight into rating's database. */
export async function seedRating(url: string, { lines, linesPerAccount }: FleetSize): Promise<void> {
  await statements(url, [
    [`insert into businesses (name) values ($1) on conflict do nothing`, [business]],
    [
      `insert into rating_accounts
         (line_id, business_no, customer_id, offering_id, tariff_id, service_number, apn, open, active, revision)
       select ${lineId}, (select no from businesses where name = $3), ${customerId}, 'fleet', $4, 'n' || n, 'fleet.apn',
         true, tstzmultirange(tstzrange($5::timestamptz, null)), 1
       from generate_series(1, $1::int) as n`,
      [lines, lines / linesPerAccount, business, tariff.id, since],
    ],
    ['update account_revision set revision = greatest(revision, 1)', []],
    [
      `insert into account_changes (order_id, line_id, action, effective_time, answer)
       select 'order-' || line_id, line_id, 'ACTIVATE', $1, 'OPENED' from rating_accounts`,
      [since],
    ],
    [`insert into periods (business_no, month) select no, $2 from businesses where name = $1`, [business, month]],
    // From nothing to two gibibytes, so that every tier is met.
    [
      `insert into usage_totals (period_no, account_no, bytes, records)
       select periods.no, account.no, hashtextextended(line_id, 7) & 2147483647, 1 + (account.no % 40)
       from rating_accounts account join businesses on businesses.no = account.business_no
         join periods on periods.business_no = businesses.no
       where businesses.name = $1 and periods.month = $2`,
      [business, month],
    ],
    ['analyze', []],
  ]);
}

/** The same lines in billing's database, with their customers and accounts. */
export async function seedBilling(url: string, { lines, linesPerAccount }: FleetSize): Promise<void> {
  const accounts = lines / linesPerAccount;
  await statements(url, [
    [
      `insert into customers (id, display_name, email, address)
       select ${customerId}, 'Customer ' || n, 'customer' || n || '@example.com', 'Street ' || n
       from generate_series(1, $1::int) as n where n <= $2::int`,
      [lines, accounts],
    ],
    [
      `insert into accounts (id, customer_id, currency, kind, create_time)
       select ${accountId}, ${customerId}, 'KRW', 'POSTPAID', $3 from generate_series(1, $1::int) as n where n <= $2::int`,
      [lines, accounts, since],
    ],
    [
      `insert into charge_accounts
         (line_id, account_id, customer_id, business, offering_id, tariff_id, service_number, email, address)
       select ${lineId}, ${accountId}, ${customerId}, $3, 'fleet', $4, 'n' || n, '', '' from generate_series(1, $1::int) as n`,
      [lines, accounts, business, tariff.id],
    ],
    [
      `insert into account_changes (order_id, line_id, action, effective_time)
       select 'order-' || line_id, line_id, 'ACTIVATE', $1 from charge_accounts`,
      [since],
    ],
    ['analyze', []],
  ]);
}

async function statements(url: string, all: [string, unknown[]][]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const [text, values] of all) await client.query(text, values);
  } finally {
    await client.end();
  }
}
