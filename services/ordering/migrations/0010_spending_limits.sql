-- What a line of an offering may spend on usage in a month; offerings of lines only, and of those the ones that limit it.
create table spending_limits (
  offering_id text collate "C" primary key references offerings (id),
  currency text not null,
  minor bigint not null check (minor > 0),
  suspend boolean not null
);
