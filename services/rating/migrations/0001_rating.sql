-- The short number of a business keeps the rows of the usage tables small.
create table businesses (
  no smallint generated always as identity primary key,
  name text not null unique
);

create table tariffs (
  id text primary key,
  -- The proto message, binary: its numbers are exact texts, and nothing inside it is searched for.
  tariff bytea not null,
  create_time timestamptz not null,
  revision int8 not null default 1
);
create index tariffs_by_time on tariffs (create_time, id);

-- One row. A change of any account takes its lock and the next number, so the numbers commit in their order and a
-- reader that knows all changes up to a number has missed none.
create table account_revision (
  only_row boolean primary key default true check (only_row),
  revision int8 not null
);
insert into account_revision (revision) values (0);

create table rating_accounts (
  no int generated always as identity primary key,
  line_id text not null unique,
  business_no smallint not null references businesses,
  customer_id text not null,
  offering_id text not null,
  tariff_id text not null,
  service_number text not null,
  apn text not null,
  -- Whether the line holds its service number: activated and not terminated.
  open boolean not null,
  -- When the line was in service, folded from account_changes.
  active tstzmultirange not null,
  revision int8 not null
);
create unique index rating_accounts_open_number on rating_accounts (business_no, service_number) where open;
create index rating_accounts_by_revision on rating_accounts (business_no, revision);
create index rating_accounts_by_number on rating_accounts (business_no, service_number);

-- What an order asked and what it was answered. One row an order, so that a repeated request gets the first answer.
create table account_changes (
  order_id text primary key,
  line_id text not null,
  action text not null,
  effective_time timestamptz not null,
  answer text not null check (answer in ('OPENED', 'CHANGED', 'CLOSED', 'REFUSED')),
  reason text not null default '',
  abandoned boolean not null default false,
  sequence int8 generated always as identity
);
create index account_changes_by_line on account_changes (line_id, sequence);

create table unused_answers (
  order_id text primary key,
  line_id text not null
);

create table periods (
  no int generated always as identity primary key,
  business_no smallint not null references businesses,
  month text not null,
  state text not null default 'OPEN' check (state in ('OPEN', 'CLOSING', 'CLOSED')),
  -- Set once the totals are copied to period_lines; from then on the close only hands over.
  snapshot boolean not null default false,
  lines int8 not null default 0,
  moved int8 not null default 0,
  moved_bytes numeric not null default 0,
  -- The last line handed over.
  cursor text not null default '',
  invoiced int8 not null default 0,
  closing_time timestamptz,
  close_time timestamptz,
  unique (business_no, month)
);
create index periods_closing on periods (no) where state = 'CLOSING';

-- The totals of a month as they were when it was locked.
create table period_lines (
  period_no int not null references periods,
  line_id text not null,
  offering_id text not null,
  bytes numeric not null,
  records int8 not null,
  primary key (period_no, line_id)
);

create table usage_files (
  no int generated always as identity primary key,
  id text not null unique,
  business_no smallint not null references businesses,
  source text not null,
  state text not null default 'IMPORTING' check (state in ('IMPORTING', 'IMPORTED', 'FAILED')),
  state_reason text not null default '',
  records_read int8 not null default 0,
  rated int8 not null default 0,
  duplicate int8 not null default 0,
  late int8 not null default 0,
  malformed int8 not null default 0,
  unknown_line int8 not null default 0,
  apn_mismatch int8 not null default 0,
  line_not_active int8 not null default 0,
  future int8 not null default 0,
  rated_bytes numeric not null default 0,
  bytes_read int8 not null default 0,
  create_time timestamptz not null,
  end_time timestamptz
);
create index usage_files_importing on usage_files (no) where state = 'IMPORTING';
create index usage_files_by_business on usage_files (business_no, id);

-- The ids of all records ever kept: the one place that decides what is a duplicate. `slot` is a 64-bit hash of business and id,
-- which makes the index much smaller than one over the ids; two ids with the same hash get different slots
-- (see usage/domain/recordSlot.ts), so it is the ids themselves that are unique.
create table usage_ids (
  slot int8 not null,
  business_no smallint not null,
  record_id text not null
);
create unique index usage_ids_slot on usage_ids (slot);

-- No b-tree: a batch is sorted by account before it is written, so that a few block ranges of each batch hold a
-- line's records and the block index finds them.
create table usage_records (
  slot int8 not null,
  start_time timestamptz not null,
  bytes_up int8 not null,
  bytes_down int8 not null,
  account_no int not null,
  file_no int not null,
  file_line int not null,
  -- 1 rated, 2 late, 3 superseded by a whole record after a cut-off one
  outcome smallint not null
);
create index usage_records_by_account on usage_records using brin (account_no, start_time) with (pages_per_range = 16);

-- Kept records that stood on a last line without a line end: the last number may have been cut off.
create table unterminated_records (
  slot int8 primary key,
  account_no int not null,
  period_no int not null,
  start_time timestamptz not null,
  bytes_up int8 not null,
  bytes_down int8 not null,
  outcome smallint not null
);

-- Totals of a batch of records, not yet added to usage_totals: one row a batch and month instead of one update a line.
create table usage_deltas (
  no int8 generated always as identity primary key,
  period_no int not null,
  accounts int[] not null,
  bytes int8[] not null,
  records int[] not null
);
alter table usage_deltas alter accounts set storage external, alter bytes set storage external,
  alter records set storage external;
create index usage_deltas_by_period on usage_deltas (period_no);

create table usage_totals (
  period_no int not null,
  account_no int not null,
  -- Numeric: a sum of volumes may exceed an int8.
  bytes numeric not null,
  records int8 not null,
  primary key (period_no, account_no)
) with (fillfactor = 70);

create table usage_rejections (
  file_no int not null,
  file_line int not null,
  reason text not null,
  detail text not null,
  record text not null,
  primary key (file_no, file_line)
);
