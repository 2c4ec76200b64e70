create table lines (
  id text collate "C" primary key,
  customer_id text collate "C" not null references customers (id),
  offering_id text collate "C" not null references offerings (id),
  business text not null,
  -- Not unique here: whether a number is free is rating's to say, which also knows since when.
  service_number text not null,
  apn text not null,
  -- Empty: the customer's own.
  email text not null,
  address text not null,
  -- Empty until billing has named the account.
  account_id text not null,
  state text not null check (state in ('PENDING', 'ACTIVE', 'SUSPENDED', 'TERMINATED', 'FAILED')),
  activate_time timestamptz not null,
  -- Since when the present state holds; no later change may take effect before it.
  change_time timestamptz not null,
  create_time timestamptz not null,
  update_time timestamptz not null,
  -- The order that is changing the line; one at a time.
  pending_order_id text collate "C" references orders (id),
  revision bigint not null default 1
);
create index lines_by_customer on lines (customer_id, id);
create index lines_by_service_number on lines (service_number, id);
