-- Long business steps under way: one row a saga, the whole of what it knows.
create table sagas (
  type text not null,
  id text not null,
  step text not null,
  -- How many steps it has entered; part of every call's idempotency key.
  step_number int not null default 1,
  data jsonb not null,
  done boolean not null default false,
  -- Failed attempts at the present step.
  attempts int not null default 0,
  -- When the present step began, and when it wants attention next: an attempt, or its time limit.
  step_time timestamptz not null default now(),
  due_time timestamptz not null default now(),
  last_error text,
  traceparent text,
  create_time timestamptz not null default now(),
  update_time timestamptz not null default now(),
  primary key (type, id)
);
create index sagas_due on sagas (due_time) where not done;
