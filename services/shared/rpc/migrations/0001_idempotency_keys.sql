-- The first answer to every keyed command, committed together with what the command changed.
create table idempotency_keys (
  subject text not null,
  method text not null,
  key text not null,
  request_hash bytea not null,
  response bytea,
  create_time timestamptz not null default now(),
  primary key (subject, method, key)
);
create index idempotency_keys_by_time on idempotency_keys (create_time);
