-- What an order gave the line: an activation or a change of offering; null for all other changes.
alter table account_changes
  add column offering_id text,
  add column tariff_id text;
update account_changes change set offering_id = account.offering_id, tariff_id = account.tariff_id
from rating_accounts account
where account.line_id = change.line_id and change.action = 'ACTIVATE';

alter table rating_accounts
  -- What the line has had, oldest first, folded from account_changes: [{"since": …, "offeringId": …, "tariffId": …}]. Null where it has had
  -- one offering only: then offering_id and tariff_id say it. Else they say the last one.
  add column offerings jsonb;
-- Months go through a business's lines in the order of their ids.
create index rating_accounts_by_business on rating_accounts (business_no, line_id);
create index rating_accounts_by_tariff on rating_accounts (tariff_id);
create index rating_accounts_changed_offering on rating_accounts (business_no) where offerings is not null;

alter table periods
  -- Set once the month's books have been compared, record by record; nothing is handed over before.
  add column checked boolean not null default false,
  -- When it was last looked at whether the month adds up; null: never.
  add column examined_time timestamptz,
  -- Volume and lines on the month's invoices, as billing told. Null for months of which invoices came before this was counted.
  add column invoiced_bytes numeric default 0,
  add column invoiced_lines int8 default 0,
  -- Invoices of the complete bill run; null until it is.
  add column bill_run_invoices int8;
update periods set checked = true where snapshot;
update periods set invoiced_bytes = null, invoiced_lines = null where invoiced > 0;

alter table period_lines
  add column account_no int,
  -- What prices the whole month by its totals; null for lines with portions and for months closed before this was kept.
  add column tariff_id text,
  add column tariff_version timestamptz,
  -- The portions as they are handed over: a common.v1.LineMonth, binary. Null where the totals are enough.
  add column portions bytea,
  -- Whether the portions are still to be added up from the records.
  add column to_fold boolean not null default false;
create index period_lines_to_fold on period_lines (period_no, line_id) where to_fold;

-- Sums that did not add up when they were looked at last; each is told once until it agrees again.
create table conservation_faults (
  business_no smallint not null references businesses,
  month text not null,
  -- Empty for the month as a whole.
  file_id text not null,
  figure text not null,
  expected text not null,
  actual text not null,
  found_time timestamptz not null,
  primary key (business_no, month, file_id, figure)
);

-- A month that is rated again, line by line in the background.
create table rerate_runs (
  id text primary key,
  period_no int not null references periods,
  dry_run boolean not null,
  -- Only these lines; null means all.
  line_ids text[],
  state text not null default 'RUNNING' check (state in ('RUNNING', 'DONE', 'FAILED')),
  -- Why it failed, or what it is waiting for: an error reason.
  reason text not null default '',
  -- The last line compared, and the last one whose difference is charged.
  compared text not null default '',
  charged text not null default '',
  lines int8 not null default 0,
  create_time timestamptz not null,
  end_time timestamptz
);
create index rerate_runs_running on rerate_runs (create_time) where state = 'RUNNING';
create index rerate_runs_by_period on rerate_runs (period_no, id);

create table rerate_differences (
  run_id text not null references rerate_runs on delete cascade,
  line_id text not null,
  -- The common.v1.LineDifference, binary.
  difference bytea not null,
  -- The common.v1.LineMonth that it comes from: what is charged is what was compared.
  line_month bytea not null,
  currency text not null,
  minor numeric not null,
  primary key (run_id, line_id)
);
