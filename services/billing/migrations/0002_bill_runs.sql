-- The totals that rating handed over. The primary key refuses a line that is handed over twice.
create table moved_lines (
  business text not null,
  period text not null,
  line_id text not null,
  -- {"bytes": "123", …}: exact decimals by metric.
  totals jsonb not null,
  usage_bytes bigint not null check (usage_bytes >= 0),
  records bigint not null,
  -- Null until the line's charge account is known.
  account_id text,
  primary key (business, period, line_id)
);

create index moved_lines_by_account on moved_lines (business, period, account_id, line_id);

-- One run a closed month. The cursor is the last line that is on an invoice; it moves in the transaction that invoices.
create table bill_runs (
  id text primary key,
  business text not null,
  period text not null,
  state text not null check (state in ('WAITING', 'INVOICING', 'COMPLETED')),
  -- Lines that rating says it handed over.
  expected_lines bigint not null,
  cursor_account text not null default '',
  cursor_part int not null default 0,
  cursor_line text not null default '',
  create_time timestamptz not null,
  complete_time timestamptz,
  unique (business, period)
);

create index bill_runs_open on bill_runs (create_time) where state <> 'COMPLETED';

-- The next invoice number of each business. Its row lock, held to the commit, keeps the numbers without gap.
create table invoice_numbers (
  business text primary key,
  next bigint not null
);

create table invoices (
  id text primary key,
  bill_run_id text not null references bill_runs (id),
  business text not null,
  number bigint not null,
  customer_id text not null,
  account_id text not null references accounts (id),
  -- 1, and more only where an account has more lines than one invoice holds.
  part int not null,
  period text not null,
  state text not null check (state in ('ISSUED', 'PAID', 'VOID')),
  currency text not null,
  subtotal bigint not null,
  tax bigint not null,
  total bigint not null,
  lines int not null,
  customer_name text not null,
  email text not null,
  address text not null,
  issue_time timestamptz not null,
  unique (business, number),
  unique (bill_run_id, account_id, part),
  check (total = subtotal + tax)
);

create index invoices_of_customer on invoices (customer_id, business, number);
create index invoices_of_period on invoices (period, business, number);
create index invoices_of_account on invoices (account_id);

create table invoice_lines (
  invoice_id text not null references invoices (id),
  position int not null,
  line_id text not null,
  offering_id text not null,
  service_number text not null,
  component text not null,
  description text not null,
  quantity text not null,
  metric text not null,
  amount bigint not null,
  tariff_version timestamptz,
  primary key (invoice_id, position)
);

-- What an invoice charges per line of service: also for a line without charges.
create table invoiced_lines (
  bill_run_id text not null references bill_runs (id),
  line_id text not null,
  invoice_id text not null references invoices (id),
  offering_id text not null,
  usage_bytes bigint not null,
  charges bigint not null,
  primary key (bill_run_id, line_id)
);
