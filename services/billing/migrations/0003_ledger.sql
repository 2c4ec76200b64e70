-- Every movement of money or points: lines that sum to zero, never changed again.
create table journal_entries (
  id uuid primary key,
  time timestamptz not null,
  -- What caused the entry.
  cause_kind text not null check (cause_kind in
    ('TOP_UP', 'WITHDRAWAL', 'PAYMENT', 'DEBIT', 'GRANT', 'REFUND', 'CREDIT_EXPIRY', 'INVOICE', 'COMMIT')),
  cause_id text not null,
  memo text not null
);

-- No second entry of the same cause. Only a credit can expire more than once: a refund after its end goes back to it.
create unique index journal_entries_by_cause on journal_entries (cause_kind, cause_id) where cause_kind <> 'CREDIT_EXPIRY';

create table journal_lines (
  -- Its entry, and where in it. The triggers below see to it that all lines of an entry come with it, in one statement.
  entry_id uuid not null,
  position int not null check (position >= 0),
  ledger text not null check (ledger in ('PREPAID', 'RECEIVABLE', 'CASH', 'REVENUE', 'TAX', 'PROMOTION')),
  -- The customer's account; null for the company's own ledgers. Those keep no sum: it would be one row that everybody waits for.
  account_id text,
  currency text not null,
  -- Minor units; debit above zero, credit below.
  amount bigint not null check (amount <> 0),
  -- Of the account: which of its entries this is, and its balance behind it. Checked by post_to_accounts.
  account_position bigint,
  account_balance bigint,
  primary key (entry_id, position),
  check ((ledger in ('PREPAID', 'RECEIVABLE')) = (account_id is not null)),
  check ((account_id is null) = (account_position is null) and (account_id is null) = (account_balance is null))
);

create unique index journal_lines_of_account on journal_lines (account_id, account_position) where account_id is not null;

alter table accounts
  -- Sums, kept by the triggers below: the account's entries, held reservations, and what is left of credits that expire.
  add column entries bigint not null default 0,
  add column reserved bigint not null default 0,
  add column expiring bigint not null default 0;

-- What billing invoiced before it kept a journal. A worker posts it like any other entry, with its event, and so the balances
-- come back that are taken away here.
create table unposted_invoices (invoice_id text primary key references invoices (id));
insert into unposted_invoices select id from invoices where total <> 0 or tax <> 0;
update accounts set balance = 0 where balance <> 0;

alter table accounts
  add check (reserved >= 0 and expiring >= 0),
  add check (kind = 'PREPAID' or (reserved = 0 and expiring = 0)),
  -- The floor under every prepaid account: what is available covers the credits that expire, and so is never below zero.
  add constraint accounts_available check (kind = 'POSTPAID' or balance - reserved >= expiring);

-- An amount that is set aside.
create table reservations (
  id uuid primary key,
  account_id text not null,
  amount bigint not null check (amount > 0),
  -- What was spent, the tax in it, and what of it was given back.
  committed bigint not null default 0,
  tax bigint not null default 0,
  refunded bigint not null default 0,
  state text not null default 'HELD' check (state in ('HELD', 'COMMITTED', 'RELEASED', 'EXPIRED')),
  create_time timestamptz not null,
  expire_time timestamptz not null,
  check (committed between 0 and amount and (state = 'COMMITTED') = (committed > 0)),
  check (tax between 0 and committed and refunded between 0 and committed)
);

create index reservations_held on reservations (expire_time) where state = 'HELD';

-- Credits with an end. `remaining` is neither spent nor set aside by a reservation.
create table credits (
  id uuid primary key,
  account_id text not null,
  remaining bigint not null check (remaining >= 0),
  expire_time timestamptz not null
);

create index credits_to_expire on credits (expire_time) where remaining > 0;
create index credits_of_account on credits (account_id, expire_time, id) where remaining > 0;

-- What a reservation took from credits that expire; what is not spent, or is refunded, goes back there.
create table reservation_credits (
  reservation_id uuid not null references reservations (id),
  credit_id uuid not null references credits (id),
  amount bigint not null check (amount > 0),
  primary key (reservation_id, credit_id)
);

-- The first answer to every keyed command of BalanceService, committed together with what the command changed.
create table balance_commands (
  key text not null,
  method text not null,
  request_hash bytea not null,
  answer bytea not null,
  create_time timestamptz not null default now(),
  primary key (key, method)
);

-- The triggers below look at all rows of a statement at once: a batch of commands costs one update of each account, also where all of
-- them move the same one. Their plans are held to look-ups by key: they are made while the tables are small and stay in use when they are not.

-- A new entry comes with its lines.
create function check_entries() returns trigger language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  if exists (
    select from added where not exists (select from journal_lines where entry_id = added.id and position = 0)
  ) then
    raise check_violation using message = 'a journal entry has no lines', constraint = 'journal_entry_whole';
  end if;
  return null;
end $$;

create trigger journal_entries_check after insert on journal_entries
  referencing new table as added for each statement execute function check_entries();

-- The lines of an entry come in one statement, with the entry, and sum to zero in every currency. Those of an account continue where it
-- stands, and move its balance: nothing else does.
create function post_to_accounts() returns trigger language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  wrong boolean;
begin
  if exists (select from added group by entry_id, currency having sum(amount) <> 0) then
    raise check_violation using message = 'a journal entry does not balance', constraint = 'journal_entry_balanced';
  end if;
  -- The primary key takes position 0 once, so whatever has it here has no line from before.
  if exists (select from added group by entry_id having min(position) <> 0) or exists (
    select from added where position = 0 and not exists (select from journal_entries where id = added.entry_id)
  ) then
    raise check_violation using message = 'lines without their journal entry', constraint = 'journal_entry_whole';
  end if;

  with line as (
    select account_id, account_position, account_balance, ledger, currency,
      case ledger when 'PREPAID' then -amount else amount end as change
    from added where account_id is not null
  ), running as (
    select *, row_number() over each_account as number, sum(change) over each_account as moved
    from line window each_account as (partition by account_id order by account_position)
  ), posted as (
    -- One row an account, if its lines follow one another.
    select account_id, ledger, currency, account_position - number as entries_before, account_balance - moved as balance_before,
      count(*) as lines, sum(change) as change
    from running group by 1, 2, 3, 4, 5
  ), applied as (
    update accounts set
      balance = balance + change,
      entries = entries + lines,
      revision = revision + lines
    from posted
    where accounts.id = account_id and balance = balance_before and entries = entries_before
      and accounts.currency = posted.currency and (kind = 'PREPAID') = (ledger = 'PREPAID')
    returning 1
  )
  select (select count(*) from applied) <> (select count(*) from posted) into wrong;
  if wrong then
    raise check_violation using message = 'journal lines do not continue their account', constraint = 'journal_lines_continue';
  end if;
  return null;
end $$;

create trigger journal_lines_post after insert on journal_lines
  referencing new table as added for each statement execute function post_to_accounts();

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise restrict_violation using message = tg_argv[0];
end $$;

create trigger journal_entries_fixed before update or delete or truncate on journal_entries
  for each statement execute function refuse_change('the journal is never changed; post a new entry');
create trigger journal_lines_fixed before update or delete or truncate on journal_lines
  for each statement execute function refuse_change('the journal is never changed; post a new entry');

-- Held reservations are the account's `reserved`.
create function sum_reservations() returns trigger language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  wrong boolean;
begin
  with change as (
    select account_id, sum(amount) as amount, count(*) as rows from added where state = 'HELD' group by 1
  ), applied as (
    update accounts set reserved = reserved + amount, revision = revision + rows
    from change where id = account_id returning 1
  )
  select (select count(*) from applied) <> (select count(distinct account_id) from added)
    or exists (select from added where state <> 'HELD') into wrong;
  if wrong then
    raise check_violation using message = 'a reservation begins held, on an account', constraint = 'reservations_sum';
  end if;
  return null;
end $$;

create function sum_ended_reservations() returns trigger language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  with change as (
    select account_id, sum(amount) as amount, sum(rows) as rows from (
      select account_id, amount, 1 as rows from before where state = 'HELD'
      union all
      select account_id, -amount, -1 from behind where state = 'HELD'
    ) as held group by 1 having sum(amount) <> 0
  )
  update accounts set reserved = reserved - amount, revision = revision + rows from change where id = account_id;
  return null;
end $$;

create trigger reservations_sum after insert on reservations
  referencing new table as added for each statement execute function sum_reservations();
create trigger reservations_sum_ended after update on reservations
  referencing old table as before new table as behind for each statement execute function sum_ended_reservations();

-- A reservation ends once; what was spent is given back at most, and never taken again.
create trigger reservations_fixed before update on reservations for each row
  when ((old.id, old.account_id, old.amount, old.create_time, old.expire_time)
      is distinct from (new.id, new.account_id, new.amount, new.create_time, new.expire_time)
    or old.refunded > new.refunded
    or old.state <> 'HELD' and (old.state, old.committed, old.tax) is distinct from (new.state, new.committed, new.tax))
  execute function refuse_change('a reservation ends once');
create trigger reservations_kept before delete or truncate on reservations
  for each statement execute function refuse_change('reservations are kept');

-- What is left of credits is the account's `expiring`.
create function sum_credits() returns trigger language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  wrong boolean;
begin
  with change as (
    select account_id, sum(remaining) as amount from added group by 1
  ), applied as (
    update accounts set expiring = expiring + amount from change where id = account_id returning 1
  )
  select (select count(*) from applied) <> (select count(*) from change) into wrong;
  if wrong then
    raise check_violation using message = 'a credit belongs to an account', constraint = 'credits_sum';
  end if;
  return null;
end $$;

create function sum_changed_credits() returns trigger language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  with change as (
    select account_id, sum(remaining) as amount from (
      select account_id, remaining from behind union all select account_id, -remaining from before
    ) as moved group by 1
  )
  update accounts set expiring = expiring + amount from change where id = account_id;
  return null;
end $$;

create trigger credits_sum after insert on credits
  referencing new table as added for each statement execute function sum_credits();
create trigger credits_sum_changed after update on credits
  referencing old table as before new table as behind for each statement execute function sum_changed_credits();

create trigger credits_fixed before update on credits for each row
  when ((old.id, old.account_id, old.expire_time) is distinct from (new.id, new.account_id, new.expire_time))
  execute function refuse_change('of a credit only what is left changes');
create trigger credits_kept before delete or truncate on credits
  for each statement execute function refuse_change('credits are kept');

-- The sums are written by the triggers above and by nobody else: a statement of one's own runs at depth 0.
create trigger accounts_begin_empty before insert on accounts for each row
  when (new.balance <> 0 or new.entries <> 0 or new.reserved <> 0 or new.expiring <> 0)
  execute function refuse_change('an account begins empty');
create trigger accounts_sums before update on accounts for each row
  when (pg_trigger_depth() = 0 and (old.balance, old.entries, old.reserved, old.expiring)
    is distinct from (new.balance, new.entries, new.reserved, new.expiring))
  execute function refuse_change('the sums of an account follow from its journal, reservations and credits');
create trigger accounts_fixed before update on accounts for each row
  when ((old.id, old.currency, old.kind) is distinct from (new.id, new.currency, new.kind))
  execute function refuse_change('an account keeps its currency and kind');
create trigger accounts_kept before delete on accounts for each row
  when (old.entries > 0 or old.reserved > 0 or old.expiring > 0)
  execute function refuse_change('an account with entries is kept');

-- The oldest prepaid account of a customer in a currency.
create index accounts_prepaid on accounts (customer_id, currency, id) where kind = 'PREPAID';
