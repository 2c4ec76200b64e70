-- Kept usage records, thousands to a row. A block holds the records that one batch brought for one partition of a business and one month,
-- in the order of their accounts; usage/domain/block.ts says what stands in its columns. Every key of these tables begins with business and
-- partition, so that a distributed database can place them by it; the month is in the key of the records, so that they can be
-- partitioned by month and dropped with it.
create table usage_blocks (
  business_no smallint not null,
  partition smallint not null,
  batch int8 not null,
  -- Such as 202611.
  month int not null,
  records int not null,
  first_account int not null,
  last_account int not null,
  -- Microseconds since 2000, as in all columns of records.
  first_time int8 not null,
  last_time int8 not null,
  -- Whether one of the records stood on a last line without a line end.
  unterminated boolean not null,
  accounts bytea not null,
  outcomes bytea not null,
  hashes bytea not null,
  ids bytea not null,
  fields bytea not null,
  primary key (business_no, partition, batch, month)
);
-- External: random ids and volumes do not compress, and a part of a column can be read without the rest.
alter table usage_blocks alter accounts set storage external, alter outcomes set storage external,
  alter hashes set storage external, alter ids set storage external, alter fields set storage external;
create index usage_blocks_by_month on usage_blocks (business_no, partition, month, batch);

create sequence usage_batches as int8;

-- How far each partition has come. Its row is locked by a batch just before it commits, so the batches of a partition have one order.
create table usage_partitions (
  business_no smallint not null,
  partition smallint not null,
  seq int8 not null default 0,
  primary key (business_no, partition)
) with (fillfactor = 50);

-- Which batch was the partition's n-th. A process that knows a partition up to some number asks for those behind it.
create table usage_commits (
  business_no smallint not null,
  partition smallint not null,
  seq int8 not null,
  batch int8 not null,
  primary key (business_no, partition, seq)
);

-- Which batches brought records of a file.
create table usage_file_batches (
  file_no int not null,
  business_no smallint not null,
  batch int8 not null,
  primary key (file_no, batch)
);
create index usage_file_batches_by_batch on usage_file_batches (business_no, batch);

-- Kept records that a later one cancelled or took the place of, or that are known to be whole although their line had no end.
create table usage_corrections (
  business_no smallint not null,
  partition smallint not null,
  -- The corrected record: its block and its place there.
  batch int8 not null,
  month int not null,
  place int not null,
  -- 1 cancelled, 2 replaced, 3 confirmed: nothing changed, but a record without a line end may not be replaced silently any more.
  kind smallint not null,
  -- The month of the corrected record was closed: what was billed for it still holds it.
  late boolean not null,
  account_no int not null,
  record_id text not null,
  -- The record that corrects.
  by_batch int8,
  by_month int,
  by_place int,
  by_id text,
  primary key (business_no, partition, batch, month, place)
);
create index usage_corrections_by_month on usage_corrections (business_no, partition, month) where kind <> 3;
create index usage_corrections_by_account on usage_corrections (business_no, partition, account_no);

alter table usage_files
  add kind text not null default 'UPLOAD' check (kind in ('UPLOAD', 'DROP', 'REPORT')),
  add unknown_record int8 not null default 0,
  -- Records that corrections took out of the totals of open months, and their volume.
  add corrected int8 not null default 0,
  add corrected_bytes numeric not null default 0,
  -- Rated records that only cancel: they are in no total themselves.
  add cancels int8 not null default 0;

-- A database without usage has nothing to move; in others usage/upgrade moves these tables' records into blocks at the next start and drops them.
do $$
begin
  if not exists (select 1 from usage_records limit 1) then
    drop table usage_records, usage_ids, unterminated_records;
  end if;
end
$$;
