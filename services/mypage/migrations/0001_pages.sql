-- Copies of what other services own, kept as the JSON of their contracts. Every row says of when it is (as_of): an event
-- that comes late, such as a redriven one, does not overwrite a newer copy.

-- One row a customer anything is known about; the customer's own record may come later than the rest.
create table pages (
  customer_id text collate "C" primary key,
  customer jsonb,
  as_of timestamptz
);

create table lines (
  id text collate "C" primary key,
  customer_id text collate "C" not null,
  line jsonb not null,
  as_of timestamptz not null
);
create index lines_by_customer on lines (customer_id, id);

create table orders (
  id text collate "C" primary key,
  customer_id text collate "C" not null,
  "order" jsonb not null,
  as_of timestamptz not null
);
create index orders_by_customer on orders (customer_id, id);

create table invoices (
  id text collate "C" primary key,
  customer_id text collate "C" not null,
  invoice jsonb not null,
  as_of timestamptz not null
);
create index invoices_by_customer on invoices (customer_id, id);

-- What happened, one row an event.
create table timeline (
  id text collate "C" primary key,
  customer_id text collate "C" not null,
  time timestamptz not null,
  event text not null,
  text text not null,
  subject_id text not null
);
create index timeline_by_customer on timeline (customer_id, time, id);
