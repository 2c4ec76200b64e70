-- How customers are reached, as ordering last told.
create table contacts (
  customer_id  text primary key,
  display_name text not null,
  email        text not null,
  phone        text not null
);

-- A message is QUEUED until it is SENT or FAILED, both for good. Its row is the only memory of its attempts,
-- so a process that dies in the middle of one repeats it under the same id.
create table messages (
  id                text collate "C" primary key,
  -- Empty for a department.
  customer_id       text not null,
  channel           text not null check (channel in ('SMS', 'EMAIL')),
  -- Empty while the customer's contact has not arrived.
  recipient         text not null,
  template          text not null,
  subject           text not null,
  body              text not null,
  -- Names of the documents to fetch when it is sent, and where from.
  attachments       jsonb not null default '[]',
  state             text not null check (state in ('QUEUED', 'SENT', 'FAILED')),
  attempts          integer not null default 0,
  event_id          text not null,
  create_time       timestamptz not null,
  send_time         timestamptz,
  next_attempt_time timestamptz,
  last_error        text not null default '',
  -- Trace context of the event, which the attempts belong to.
  traceparent       text,
  check ((state = 'QUEUED') = (next_attempt_time is not null)),
  check ((state = 'SENT') = (send_time is not null)),
  constraint messages_once unique (event_id, template, channel)
);

create index messages_due on messages (channel, next_attempt_time) where state = 'QUEUED';
create index messages_of_customer on messages (customer_id, id desc);

create function messages_wake() returns trigger language plpgsql as $$
begin
  perform pg_notify('messages', '');
  return null;
end $$;

create trigger messages_wake after insert on messages for each statement execute function messages_wake();
