-- Rating processes that take a share of the partitions. Each holds an advisory lock of its number for as long as it lives; a row without
-- one is of a process that has ended.
create table usage_members (
  no int generated always as identity primary key,
  -- Where the others reach it.
  address text not null,
  since timestamptz not null default now()
);

-- Pieces of files that were, or may have been, handed to another process: whoever commits one notes it here in the same transaction, so
-- none is counted twice. They go when their file ends.
create table usage_file_chunks (
  file_no int not null,
  chunk int not null,
  -- Refused records of a report, for whoever has to answer it.
  rejections jsonb not null,
  primary key (file_no, chunk)
);
