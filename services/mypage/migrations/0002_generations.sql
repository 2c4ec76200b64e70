-- The view lives in generations now, which the store makes by itself, in these tables or elsewhere; these tables say which of them is shown.
drop table pages, lines, orders, invoices, timeline;

create sequence generation_number as int;

-- The one row: the generation that is shown, and that events are applied to.
create table shown_generation (
  single boolean primary key default true check (single),
  number int not null,
  store text not null
);

create table rebuilds (
  id text collate "C" primary key,
  state text not null check (state in ('RUNNING', 'COMPLETED', 'FAILED')),
  -- An error reason, when it failed.
  reason text not null default '',
  -- The generation it fills; null until it has been made.
  generation int,
  store text not null,
  create_time timestamptz not null default now(),
  complete_time timestamptz
);
create unique index one_rebuild on rebuilds (state) where state = 'RUNNING';

create table rebuild_sources (
  rebuild_id text collate "C" not null references rebuilds on delete cascade,
  source text not null,
  -- Everything up to here is in the generation.
  position bigint not null default 0,
  events bigint not null default 0,
  skipped bigint not null default 0,
  -- An error reason, while the source does not answer.
  waiting_reason text not null default '',
  primary key (rebuild_id, source)
);
