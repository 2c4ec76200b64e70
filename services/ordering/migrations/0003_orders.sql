-- The order record that the rooms of all businesses share.
create table orders (
  id text collate "C" primary key,
  business text not null,
  kind text not null check (kind in ('LINE')),
  action text not null check (action in ('ACTIVATE', 'SUSPEND', 'RESUME', 'TERMINATE', 'RESTORE')),
  customer_id text collate "C" not null references customers (id),
  offering_id text collate "C" not null references offerings (id),
  subject_id text collate "C" not null,
  -- What a person calls the subject; kept as it was when the order was placed.
  subject_name text not null,
  state text not null check (state in
    ('PENDING', 'COMPLETED', 'REJECTED', 'CANCELLED', 'FAILED', 'ALREADY_TERMINATED')),
  state_reason text not null,
  create_time timestamptz not null,
  effective_time timestamptz not null,
  revision bigint not null default 1
);
create index orders_by_customer on orders (customer_id, id);
create index orders_by_subject on orders (subject_id, id);

-- Every state an order has been in. Rows are only ever added.
create table order_transitions (
  order_id text collate "C" not null references orders (id),
  position int not null,
  state text not null,
  reason text not null,
  time timestamptz not null,
  primary key (order_id, position)
);
