-- What a consumer has done with an event, written in the transaction that did it: this is what makes "at least once" exactly once.
create table inbox (
  consumer text not null,
  event_id text not null,
  outcome text not null check (outcome in ('handled', 'dropped')),
  -- Why it was dropped.
  reason text,
  handled_at timestamptz not null default now(),
  primary key (consumer, event_id)
);
