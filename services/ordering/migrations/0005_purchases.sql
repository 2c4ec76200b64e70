-- Pieces of goods; apart from the offering, so that orders do not change its version.
create table stocks (
  offering_id text collate "C" primary key references offerings (id),
  quantity bigint not null,
  constraint stock_never_negative check (quantity >= 0)
);
insert into stocks (offering_id, quantity) select id, 0 from offerings where kind = 'GOODS';

-- What is read, in its newest version only.
create table contents (
  offering_id text collate "C" primary key references offerings (id),
  author text not null,
  episode int not null check (episode >= 0),
  body text not null,
  version int not null check (version > 0)
);
-- Content offered before it could be uploaded: an upload replaces this.
insert into contents (offering_id, author, episode, body, version)
select id, business, 0, display_name, 1 from offerings where kind = 'CONTENT';

alter table orders
  drop constraint orders_kind_check,
  drop constraint orders_action_check,
  add constraint orders_kind_check check (kind in ('LINE', 'GOODS', 'CONTENT')),
  add constraint orders_action_check
    check (action in ('ACTIVATE', 'SUSPEND', 'RESUME', 'TERMINATE', 'RESTORE', 'PURCHASE')),
  -- Pieces; 0 where nothing is counted.
  add column quantity bigint not null default 0 check (quantity >= 0),
  -- What it costs at once; absent where it is billed later.
  add column total_currency text,
  add column total_minor bigint check (total_minor >= 0),
  -- The account that pays at once; empty until it is known.
  add column account_id text collate "C" not null default '',
  add constraint orders_total_check check ((total_currency is null) = (total_minor is null));

-- The reservation in billing that paid an order. An order that cost nothing has none.
create table payments (
  order_id text collate "C" primary key references orders (id),
  reservation_id text not null
);

create table deliveries (
  id text collate "C" primary key,
  order_id text collate "C" not null unique references orders (id),
  business text not null,
  customer_id text collate "C" not null references customers (id),
  offering_id text collate "C" not null references offerings (id),
  -- As it was called when it was ordered.
  offering_name text not null,
  quantity bigint not null check (quantity > 0),
  address text not null,
  state text not null check (state in ('READY', 'SHIPPED', 'COMPLETED', 'CANCELLED')),
  create_time timestamptz not null,
  revision bigint not null default 1
);
create index deliveries_by_customer on deliveries (customer_id, id);

-- Every state a delivery has been in. Rows are only ever added.
create table delivery_transitions (
  delivery_id text collate "C" not null references deliveries (id),
  position int not null,
  state text not null,
  time timestamptz not null,
  primary key (delivery_id, position)
);

-- Content bought: TAKEN while it is being paid, GRANTED once it may be read, REVOKED after a cancellation or a failed payment.
create table entitlements (
  order_id text collate "C" primary key references orders (id),
  customer_id text collate "C" not null references customers (id),
  offering_id text collate "C" not null references offerings (id),
  state text not null check (state in ('TAKEN', 'GRANTED', 'REVOKED')),
  -- From then on the purchase is final.
  first_read_time timestamptz
);
-- Content is bought once. Of two buyers at the same moment this lets one through.
create unique index entitlements_owned on entitlements (customer_id, offering_id) where state <> 'REVOKED';

-- The versions an entitlement's owner has read, each with its first time.
create table content_reads (
  order_id text collate "C" not null references entitlements (order_id),
  version int not null,
  time timestamptz not null,
  primary key (order_id, version)
);
