-- Events of this service, for ever: PostgreSQL is their record, JetStream only carries them.
create table outbox (
  id uuid primary key,
  -- The order of publication. Numbers can commit out of order, so it orders rows but never says "everything up to here is out".
  position bigint generated always as identity,
  aggregate text not null,
  aggregate_id text not null,
  type text not null,
  subject text not null,
  time timestamptz not null,
  -- Trace context of the transaction that emitted the event.
  traceparent text,
  body bytea not null,
  created_at timestamptz not null default now(),
  -- Null until JetStream has confirmed the event; setting it back to null publishes it again.
  published_at timestamptz
);

create index outbox_unpublished on outbox (position) where published_at is null;

create function outbox_wake() returns trigger language plpgsql as $$
begin
  perform pg_notify('outbox', '');
  return null;
end $$;

create trigger outbox_wake after insert on outbox for each statement execute function outbox_wake();
