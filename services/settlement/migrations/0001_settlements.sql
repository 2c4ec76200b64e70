-- One row per business and month. Its row lock is what every change of the month's sums takes first.
-- The sums are numeric because they grow by addition without end; counts are bigint.
create table settlements (
  business        text collate "C" not null,
  period          text collate "C" not null,
  state           text    not null default 'OPEN' check (state in ('OPEN', 'SETTLED', 'DIFFERENCE')),
  invoices        bigint  not null default 0,
  lines           bigint  not null default 0,
  customers       bigint  not null default 0,
  usage_bytes     numeric not null default 0,
  -- What the others say, as they said it; null until their event has arrived.
  rating_figures  jsonb,
  billing_figures jsonb,
  differences     jsonb   not null default '[]',
  create_time     timestamptz not null,
  update_time     timestamptz not null,
  settle_time     timestamptz,
  primary key (business, period)
);

create index settlements_newest on settlements (period desc, business);

-- Money is kept in the currency's minor units, apart for each currency.
create table settlement_totals (
  business text collate "C" not null,
  period   text collate "C" not null,
  currency text collate "C" not null,
  subtotal numeric not null,
  tax      numeric not null,
  total    numeric not null,
  primary key (business, period, currency)
);

create table settlement_products (
  business    text collate "C" not null,
  period      text collate "C" not null,
  offering_id text collate "C" not null,
  currency    text collate "C" not null,
  lines       bigint  not null,
  usage_bytes numeric not null,
  charges     numeric not null,
  primary key (business, period, offering_id, currency)
);

create table settlement_customers (
  business    text collate "C" not null,
  period      text collate "C" not null,
  customer_id text collate "C" not null,
  currency    text collate "C" not null,
  invoices    bigint  not null,
  lines       bigint  not null,
  usage_bytes numeric not null,
  charges     numeric not null,
  primary key (business, period, customer_id, currency)
);
