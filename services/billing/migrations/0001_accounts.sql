-- What billing knows of the other services' things, as their events last said.
create table tariffs (
  id text primary key,
  -- The tariff as its contract has it, encoded.
  body bytea not null
);

create table offerings (
  id text primary key,
  business text not null,
  display_name text not null
);

create table customers (
  id text primary key,
  display_name text not null,
  email text not null,
  address text not null
);

create table accounts (
  id text primary key,
  customer_id text not null,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  kind text not null check (kind in ('PREPAID', 'POSTPAID')),
  -- Minor units. Postpaid: what the customer owes.
  balance bigint not null default 0,
  -- The line for which billing opened the account by itself; null where somebody asked for it.
  opened_for_line text,
  revision bigint not null default 1,
  create_time timestamptz not null
);

create index accounts_of_customer on accounts (customer_id, id);

-- The lines billing charges, one row a line.
create table charge_accounts (
  line_id text primary key,
  account_id text not null references accounts (id),
  customer_id text not null,
  business text not null,
  offering_id text not null,
  tariff_id text not null,
  service_number text not null,
  email text not null,
  address text not null
);

create index charge_accounts_of_account on charge_accounts (account_id);

-- Every change of a line that was applied, and whether it was taken back.
create table account_changes (
  position bigint generated always as identity primary key,
  order_id text not null unique,
  line_id text not null,
  action text not null check (action in ('ACTIVATE', 'SUSPEND', 'RESUME', 'TERMINATE', 'RESTORE')),
  effective_time timestamptz not null,
  abandoned boolean not null default false
);

create index account_changes_of_line on account_changes (line_id, position);

create index accounts_opened_for_line on accounts (opened_for_line) where opened_for_line is not null;
