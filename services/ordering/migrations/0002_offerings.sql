create table offerings (
  id text collate "C" primary key,
  business text not null,
  kind text not null check (kind in ('LINE', 'GOODS', 'CONTENT', 'RIDE', 'VISIT')),
  display_name text not null,
  -- The tariff lives in rating: no foreign key reaches there.
  tariff_id text not null,
  create_time timestamptz not null,
  revision bigint not null default 1
);
-- Their ids may be chosen, so their order of time needs the time.
create index offerings_by_age on offerings (create_time, id);
