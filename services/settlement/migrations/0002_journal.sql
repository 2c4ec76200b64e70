-- The company's journal, posted from billing's events: entries whose lines sum to zero, never changed again.
create table journal_entries (
  id          text collate "C" primary key check (id <> ''),
  time        timestamptz not null,
  cause       text   not null,
  cause_id    text   not null,
  memo        text   not null,
  -- The account that it moves, whose that is, and which of the account's entries it is.
  account_id  text collate "C" not null,
  customer_id text collate "C" not null,
  position    bigint not null check (position > 0),
  -- How many lines it has, so that none can be added later.
  lines       int    not null check (lines > 0)
);

create index journal_entries_by_time on journal_entries (time, id);
create index journal_entries_of_customer on journal_entries (customer_id, time, id);
create index journal_entries_of_account on journal_entries (account_id, time, id);
-- Not unique: an entry whose position is taken is kept, and reported.
create index journal_entries_by_position on journal_entries (account_id, position);

create table journal_lines (
  entry_id   text collate "C" not null references journal_entries (id),
  position   int  not null,
  ledger     text not null check (ledger in ('PREPAID', 'RECEIVABLE', 'CASH', 'REVENUE', 'TAX', 'PROMOTION')),
  -- Empty for the company's own ledgers.
  account_id text collate "C" not null,
  currency   text collate "C" not null check (currency ~ '^[A-Z]{3}$'),
  -- Minor units; debit above zero, credit below.
  amount     numeric not null check (amount <> 0 and scale(amount) = 0),
  primary key (entry_id, position),
  check ((ledger in ('PREPAID', 'RECEIVABLE')) = (account_id <> ''))
);

-- Up to which position an account's entries have come. Its row lock puts posting to one account in a row.
create table journal_accounts (
  account_id    text collate "C" primary key,
  last_position bigint not null
);

-- Sums by day (UTC), kept by triggers, so that a trial balance adds up days and not entries.
create table journal_days (
  day     date primary key,
  entries bigint not null
);

create table journal_sums (
  day      date not null,
  ledger   text not null,
  currency text collate "C" not null,
  debit    numeric not null,
  credit   numeric not null,
  primary key (day, ledger, currency)
);

-- Plans of the triggers are held to look-ups by key: they are made while the tables are small and stay in use when they are not.

-- An entry comes with all its lines, in one statement.
create function keep_journal_entries() returns trigger language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  if exists (select from added where lines <> (select count(*) from journal_lines where entry_id = added.id)) then
    raise check_violation using message = 'a journal entry comes with all its lines', constraint = 'journal_entry_whole';
  end if;
  insert into journal_days as d (day, entries)
  select (time at time zone 'UTC')::date as day, count(*) from added group by day order by day
  on conflict (day) do update set entries = d.entries + excluded.entries;
  return null;
end $$;

create trigger journal_entries_keep after insert on journal_entries
  referencing new table as added for each statement execute function keep_journal_entries();

-- The lines of an entry sum to zero in every currency, and none is added later: the entry says how many there are.
create function keep_journal_lines() returns trigger language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  if exists (select from added group by entry_id, currency having sum(amount) <> 0) then
    raise check_violation using message = 'a journal entry does not balance', constraint = 'journal_entry_balanced';
  end if;
  if exists (
    select from added join journal_entries e on e.id = entry_id
    where e.lines <> (select count(*) from journal_lines where entry_id = e.id)
  ) then
    raise check_violation using message = 'a journal entry comes with all its lines', constraint = 'journal_entry_whole';
  end if;
  insert into journal_sums as s (day, ledger, currency, debit, credit)
  select (e.time at time zone 'UTC')::date as day, ledger, currency, sum(greatest(amount, 0)), sum(greatest(-amount, 0))
  from added join journal_entries e on e.id = added.entry_id
  group by day, ledger, currency order by day, ledger, currency
  on conflict (day, ledger, currency) do update set debit = s.debit + excluded.debit, credit = s.credit + excluded.credit;
  return null;
end $$;

create trigger journal_lines_keep after insert on journal_lines
  referencing new table as added for each statement execute function keep_journal_lines();

create function refuse_journal_change() returns trigger language plpgsql as $$
begin
  raise restrict_violation using message = 'the journal is never changed, and its sums follow from it';
end $$;

create trigger journal_entries_fixed before update or delete or truncate on journal_entries
  for each statement execute function refuse_journal_change();
create trigger journal_lines_fixed before update or delete or truncate on journal_lines
  for each statement execute function refuse_journal_change();
-- A statement of one's own runs at depth 0, the triggers above at depth 1. Only mending makes the sums anew.
create trigger journal_days_derived before insert or update or delete or truncate on journal_days
  for each statement when (pg_trigger_depth() = 0 and current_setting('journal.mending', true) is distinct from 'on') execute function refuse_journal_change();
create trigger journal_sums_derived before insert or update or delete or truncate on journal_sums
  for each statement when (pg_trigger_depth() = 0 and current_setting('journal.mending', true) is distinct from 'on') execute function refuse_journal_change();

-- Entries on which this journal and billing's ledger disagree, and those that came out of order.
create table journal_differences (
  -- Time-ordered.
  id           uuid primary key,
  entry_id     text collate "C" not null,
  kind         text not null check (kind in ('MISSING', 'UNKNOWN', 'CHANGED', 'OUT_OF_ORDER')),
  -- Lines of the entry as billing and as settlement have them.
  billing      jsonb not null,
  settlement   jsonb not null,
  find_time    timestamptz not null,
  -- When it was last found to stand.
  look_time    timestamptz not null,
  resolve_time timestamptz
);

-- What stands about an entry is said once: how the books disagree, and besides that whether it is out of order.
create unique index journal_differences_open on journal_differences (entry_id, (kind = 'OUT_OF_ORDER'))
  where resolve_time is null;
create index journal_differences_to_look_at on journal_differences (look_time, id) where resolve_time is null;

-- How far the journal was compared with billing's ledger.
create table journal_comparison (
  only_one    boolean primary key default true check (only_one),
  compared_to timestamptz
);
insert into journal_comparison default values;
