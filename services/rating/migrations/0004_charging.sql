-- Online charging. The state of a session while its start is not decided is STARTING, and nobody sees it yet.
create table charging_sessions (
  id text collate "C" primary key,
  customer_id text not null,
  -- Empty until a reservation has found the customer's account.
  account_id text not null,
  tariff_id text not null,
  metric text not null,
  currency text not null,
  state text not null check (state in ('STARTING', 'OPEN', 'STOPPED', 'EXPIRED')),
  -- Where another tariff version, or another time of day, began to price it: [{version, startTime, from}], in order.
  stretches jsonb not null,
  -- Units, exactly: granted in all, used as reported, and used as far as they are paid.
  granted numeric not null,
  used numeric not null,
  paid numeric not null,
  -- Minor units of the currency, tax included; `charged` is what was debited.
  charged int8 not null check (charged >= 0),
  tax int8 not null check (tax between 0 and charged),
  reserved int8 not null check (reserved >= 0),
  reservation_id text not null,
  hold_ms int8 not null,
  final_grant boolean not null,
  -- Number of the last report that is carried out.
  sequence int8 not null,
  -- The command that is under way; one at a time.
  command text,
  start_time timestamptz not null,
  expire_time timestamptz not null,
  end_time timestamptz,
  check (paid <= used and used <= granted),
  check ((reserved > 0) = (reservation_id <> '')),
  check ((end_time is null) = (state in ('STARTING', 'OPEN')))
);
create index charging_sessions_open on charging_sessions (expire_time) where state = 'OPEN' and command is null;

-- What a session was asked and what it was answered; the same asked again is answered the same. 0 is the start.
create table charging_reports (
  command text collate "C" primary key,
  session_id text collate "C" not null,
  sequence int8 not null,
  -- Hash of the request.
  request bytea not null,
  -- A refused start has begun no session and may be asked again.
  refused boolean not null default false,
  answer bytea,
  fault jsonb,
  time timestamptz not null
);
create unique index charging_reports_sequence on charging_reports (session_id, sequence) where not refused;

-- Which lines' totals have changed since somebody looked: one row a statement, month and some thousands of accounts. Whatever writes totals, the
-- trigger notes it in the same transaction, so no change is missed and none is read before it is there.
create table usage_total_changes (
  no int8 generated always as identity primary key,
  period_no int not null,
  accounts int[] not null
);

create function note_usage_totals() returns trigger language plpgsql as $$
begin
  insert into usage_total_changes (period_no, accounts)
  select period_no, array_agg(account_no) from changed group by period_no, account_no / 8192;
  return null;
end $$;
create trigger usage_totals_inserted after insert on usage_totals
  referencing new table as changed for each statement execute function note_usage_totals();
create trigger usage_totals_updated after update on usage_totals
  referencing new table as changed for each statement execute function note_usage_totals();

insert into usage_total_changes (period_no, accounts)
select period_no, array_agg(account_no) from usage_totals join periods on periods.no = period_no and periods.state = 'OPEN'
group by period_no, account_no / 8192;

-- Which tariffs a business's lines have is found by skipping from one to the next.
create index rating_accounts_by_business_tariff on rating_accounts (business_no, tariff_id);

-- Shares of an allowance that a line has reached in a month; each is told once.
create table allowance_thresholds (
  period_no int not null,
  account_no int not null,
  component text collate "C" not null,
  percent smallint not null,
  used numeric not null,
  time timestamptz not null,
  primary key (period_no, account_no, component, percent)
);

-- The limit that an order brought; none where its offering had none.
create table ordered_spending_limits (
  order_id text primary key,
  currency text not null,
  minor int8 not null check (minor > 0),
  suspend boolean not null
);

-- The limit of a line now: that of its last order that holds.
create table spending_limits (
  account_no int primary key,
  currency text not null,
  minor int8 not null check (minor > 0),
  suspend boolean not null
);

-- Lines that have reached their limit in a month; each is told once.
create table spending_limits_reached (
  period_no int not null,
  account_no int not null,
  currency text not null,
  spent int8 not null,
  limit_minor int8 not null,
  time timestamptz not null,
  primary key (period_no, account_no)
);

-- Lines whose spending has to be added up from their records; looked at by and by, many in one pass.
create table spending_candidates (
  period_no int not null,
  account_no int not null,
  primary key (period_no, account_no)
);
