import pg from 'pg';
import { monthOf, previousMonth } from '../../../services/shared/time/month.ts';

export interface FleetSize {
  lines: number;
  /** Lines that share an account, and so an invoice. */
  linesPerAccount: number;
}

export const business = 'fleet';
/** The last month that is over. */
export const month = previousMonth(monthOf(new Date(), 'Asia/Seoul'));
const since = '2026-01-01T00:00:00+09:00';
const lineId = "'019a0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0')";
const customerId = "'019b0000-0000-7000-8000-' || lpad(to_hex((n - 1) % $2::int), 12, '0')";
const accountId = "'019c0000-0000-7000-8000-' || lpad(to_hex((n - 1) % $2::int), 12, '0')";

/** A tariff with a fee and four tiers, in won. The first is free, and no allowance: whoever reaches a share of one is told, and that is not what is measured. */
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
          graduated: {
            tiers: [
              { upTo: '100', unitPrice: '0' },
              { upTo: '200', unitPrice: '20.5' },
              { upTo: '1100', unitPrice: '10.25' },
              { unitPrice: '5.125' },
            ],
          },
        },
      ],
    },
  ],
};

/** Writes the lines as their orders would have, straight into rating's database. */
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
    // As a server that has been running for a while has done.
    ['vacuum analyze', []],
  ]);
}

/** The month's usage as a file: a record a line, from nothing to two gibibytes, so that every tier is met. */
export function* usageOf({ lines }: FleetSize): Generator<string> {
  let text = 'record_id,service_number,apn,start_time,bytes_up,bytes_down\n';
  for (let n = 1; n <= lines; n++) {
    const bytes = Math.imul(n, 0x9e3779b1) >>> 1;
    const day = String(1 + (n % 28)).padStart(2, '0');
    text += `r${n},n${n},fleet.apn,${month}-${day}T0${n % 10}:00:00Z,${bytes % 1000},${bytes - (bytes % 1000)}\n`;
    if (text.length < 262_144) continue;
    yield text;
    text = '';
  }
  yield text;
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
    ['vacuum analyze', []],
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
