-- The rules of an offering of visits. Points are whole ones.
create table visit_terms (
  offering_id text collate "C" primary key references offerings (id),
  penalty_points bigint not null check (penalty_points >= 0),
  ban_threshold bigint not null check (ban_threshold >= 0)
);
insert into visit_terms (offering_id, penalty_points, ban_threshold) select id, 0, 0 from offerings where kind = 'VISIT';

create table visits (
  id text collate "C" primary key,
  business text not null,
  customer_id text collate "C" not null references customers (id),
  offering_id text collate "C" not null references offerings (id),
  -- As it was called at the check-in.
  offering_name text not null,
  area text not null,
  state text not null check (state in ('CHECKED_IN', 'CHECKED_OUT', 'EARNED')),
  -- What it earned; known once it is EARNED.
  points bigint check (points >= 0),
  -- Why it earned nothing; empty where there is nothing to explain.
  state_reason text not null default '',
  check_in_time timestamptz not null,
  check_out_time timestamptz,
  revision bigint not null,
  check ((state = 'EARNED') = (points is not null)),
  check ((state = 'CHECKED_IN') = (check_out_time is null)),
  check (state_reason = '' or state = 'CHECKED_OUT')
);
create index visits_by_customer on visits (customer_id, id);

-- Every state a visit has been in. Rows are only ever added.
create table visit_transitions (
  visit_id text collate "C" not null references visits (id),
  position int not null,
  state text not null,
  time timestamptz not null,
  primary key (visit_id, position)
);

-- A penalty is asked for (PENDING), and stands once billing has recorded it (IMPOSED). What billing did not record (REFUSED) has never been a penalty.
create table penalties (
  id text collate "C" primary key,
  business text not null,
  customer_id text collate "C" not null references customers (id),
  offering_id text collate "C" not null references offerings (id),
  -- As it was called when the penalty was asked for.
  offering_name text not null,
  place text not null,
  points bigint not null check (points >= 0),
  -- What the account of points had to lose, and which one it is; empty while nobody knows, or if nothing was asked of it.
  taken bigint check (taken between 0 and points),
  account_id text not null default '',
  state text not null check (state in ('PENDING', 'IMPOSED', 'RELEASED', 'REFUSED')),
  -- Why it was refused.
  state_reason text not null default '',
  create_time timestamptz not null,
  -- How many of its states others have seen.
  revision bigint not null,
  check ((state in ('IMPOSED', 'RELEASED')) = (taken is not null)),
  check ((state = 'REFUSED') = (state_reason <> ''))
);
create index penalties_by_customer on penalties (customer_id, id) where state in ('IMPOSED', 'RELEASED');

create table penalty_transitions (
  penalty_id text collate "C" not null references penalties (id),
  position int not null,
  state text not null,
  time timestamptz not null,
  primary key (penalty_id, position)
);

-- How a customer stands with an offering, from the first check-in or penalty on. Whoever changes it, or relies on it, holds its row.
create table bans (
  id text collate "C" primary key,
  customer_id text collate "C" not null references customers (id),
  offering_id text collate "C" not null references offerings (id),
  business text not null,
  -- Sum of the penalties that are IMPOSED.
  standing_points bigint not null default 0 check (standing_points >= 0),
  -- The sum that bans, as the offering's rules were at the last penalty or release.
  threshold bigint not null default 0 check (threshold >= 0),
  banned boolean not null default false,
  -- When it was last banned, or let in again.
  time timestamptz not null,
  unique (customer_id, offering_id),
  check (banned = (threshold > 0 and standing_points >= threshold))
);
