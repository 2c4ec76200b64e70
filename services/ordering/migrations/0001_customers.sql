-- Ids sort by their bytes, so that keyset paging and UUIDv7's order of time are the same on every server.
create table customers (
  id text collate "C" primary key,
  display_name text not null,
  email text not null,
  phone text not null,
  address text not null,
  create_time timestamptz not null,
  revision bigint not null default 1
);
