-- Lines by customer, which is the order in which a month is handed over.
create index rating_accounts_by_customer on rating_accounts
  (business_no, customer_id collate "C", line_id collate "C") include (no);

alter table periods
  -- The last account that was there when the month was locked: lines that came later are not in it.
  add column last_account int,
  -- The last batch handed over, and the last line in it.
  add column batches int not null default 0,
  add column cursor_customer text collate "C" not null default '',
  add column cursor_line text collate "C" not null default '';

-- By which version each tariff prices lines by their totals, as it was when the month was locked. Tariffs whose lines are added up from their records are not
-- among them.
create table period_tariffs (
  period_no int not null references periods,
  tariff_id text not null,
  -- Null: in force since always.
  tariff_version timestamptz,
  primary key (period_no, tariff_id)
);

-- What was handed over: a batch is an event UsageMoved, whose body the outbox keeps for good, and what has to be known of it without reading that.
create table moved_batches (
  period_no int not null references periods,
  batch int not null,
  event_id uuid not null,
  first_customer text collate "C" not null,
  first_line text collate "C" not null,
  last_customer text collate "C" not null,
  last_line text collate "C" not null,
  lines int not null,
  bytes numeric not null,
  records int8 not null,
  -- The same by offering: [{"offeringId": …, "lines": …, "bytes": "…"}].
  offerings jsonb not null,
  -- The lines' accounts.
  accounts int[] not null,
  primary key (period_no, batch)
);
alter table moved_batches alter accounts set storage external;
-- Batches are by far the largest events of rating; to compress them takes longer than to write them.
alter table outbox alter body set storage external;

-- period_lines holds, from now on, the lines of a closing month that are added up from their records, until they are handed over. A month that was locked by an
-- earlier version and is not handed over at all begins anew; of one that is handed over in part (in the order of the lines, up to `cursor`) the rest follows
-- in batches.
update periods set snapshot = false, checked = false where state = 'CLOSING' and snapshot and moved = 0;
delete from period_lines using periods where periods.no = period_no and state = 'CLOSING' and not snapshot;
update periods set last_account = (select max(no) from rating_accounts) where state = 'CLOSING' and snapshot;
insert into period_tariffs
select distinct on (period_no, tariff_id) period_no, tariff_id, tariff_version
from period_lines join periods on periods.no = period_no and state = 'CLOSING' where tariff_id is not null;
delete from period_lines using periods
where periods.no = period_no and state = 'CLOSING' and line_id > cursor and portions is null and not to_fold;
