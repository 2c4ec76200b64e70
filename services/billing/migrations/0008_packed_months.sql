-- What rating handed over, batch by batch and as it came: the bodies of its events UsageMoved. The primary key refuses a batch that is handed over twice, and
-- the order of the batches, which do not overlap, a line.
create table moved_batches (
  business text collate "C" not null,
  period text not null,
  batch int not null check (batch > 0),
  -- Lines follow one another by customer and line, byte by byte, within a batch and from batch to batch.
  first_customer text collate "C" not null,
  first_line text collate "C" not null,
  last_customer text collate "C" not null,
  last_line text collate "C" not null,
  lines int not null,
  body bytea not null,
  primary key (business, period, batch)
);
-- External: ids and volumes hardly compress, and every batch is read once.
alter table moved_batches alter body set storage external;

alter table bill_runs
  -- Whether everything is there. A run begins with the first batch, and ends behind the last one.
  add column handed_over boolean not null default true,
  -- The last batch that is invoiced, and how many lines were in those; moves in the transaction that invoices.
  add column cursor_batch int not null default 0,
  add column passed_lines bigint not null default 0;

-- The lines of a batch are found in one stretch of this index, without a look at the table.
alter table charge_accounts
  add column has_email boolean generated always as (email <> '') stored,
  add column has_address boolean generated always as (address <> '') stored;
create index charge_accounts_by_customer on charge_accounts (business, customer_id collate "C", line_id collate "C")
  include (account_id, service_number, has_email, has_address);

alter table invoices
  -- Its charges: a billing.v1.InvoiceBody. Null for an invoice of before, whose charges are rows of invoice_lines and invoiced_lines.
  add column body bytea,
  -- What is on it: lines of service and their volume.
  add column service_lines int not null default 0,
  add column usage_bytes numeric not null default 0;
alter table invoices alter body set storage external;
update invoices set service_lines = on_it.lines, usage_bytes = on_it.bytes
from (select invoice_id, count(*) as lines, sum(usage_bytes) as bytes from invoiced_lines group by invoice_id) as on_it
where invoices.id = on_it.invoice_id;

-- Up to which number a business's invoices are announced. Moves in the transaction that emits their events, so a crash announces none twice and passes
-- none over. Those of before were announced when they were issued.
create table announced_invoices (
  business text primary key,
  number bigint not null
);
insert into announced_invoices select business, next - 1 from invoice_numbers;

-- A run that is under way goes back to bringing the lines that are left into batches.
update bill_runs set state = 'WAITING' where state = 'INVOICING';

-- The journal's checks of whole statements, as in 0003_ledger.sql but for this: what exists is asked for row by row. As a join it was planned while the journal was
-- empty, and then read all of it for every row until somebody analysed the table.
create or replace function check_entries() returns trigger language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  if exists (
    select from added where (select true from journal_lines where entry_id = added.id and position = 0) is null
  ) then
    raise check_violation using message = 'a journal entry has no lines', constraint = 'journal_entry_whole';
  end if;
  return null;
end $$;

create or replace function post_to_accounts() returns trigger language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  wrong boolean;
begin
  if exists (select from added group by entry_id, currency having sum(amount) <> 0) then
    raise check_violation using message = 'a journal entry does not balance', constraint = 'journal_entry_balanced';
  end if;
  -- The primary key takes position 0 once, so whatever has it here has no line from before.
  if exists (select from added group by entry_id having min(position) <> 0) or exists (
    select from added where position = 0 and (select true from journal_entries where id = added.entry_id) is null
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
