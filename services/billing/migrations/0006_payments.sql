-- How customers pay at once. The provider keeps what it calls a payment method; here is only its name for it.
create table payment_methods (
  id text primary key,
  customer_id text not null,
  provider_method_id text not null,
  display_name text not null,
  create_time timestamptz not null
);

-- A customer's newest one pays.
create index payment_methods_of_customer on payment_methods (customer_id, id);

-- A payment is here, PENDING, before the provider hears of it under the payment's id, so that whatever becomes of it can be found out.
create table payments (
  id text primary key,
  -- Names the command; with the same content only.
  key text not null unique,
  content_hash bytea not null,
  customer_id text not null,
  -- Null where the customer has none.
  payment_method_id text references payment_methods (id),
  currency text not null,
  -- Minor units.
  amount bigint not null check (amount > 0),
  tax bigint not null,
  refunded bigint not null default 0,
  memo text not null,
  state text not null check (state in ('PENDING', 'CAPTURED', 'FAILED')),
  -- Why it failed: an error reason, and what the provider calls it.
  state_reason text not null default '',
  decline_code text not null default '',
  -- The account whose entries it is in.
  account_id text,
  provider_payment_id text not null default '',
  create_time timestamptz not null,
  end_time timestamptz,
  -- When somebody last wanted it done; when the worker asks next what became of it, and how often it has.
  asked_time timestamptz not null,
  look_time timestamptz,
  looks int not null default 0,
  check (tax between 0 and amount and refunded between 0 and amount),
  check ((state = 'PENDING') = (end_time is null) and (state = 'PENDING') = (look_time is not null)),
  check ((state = 'CAPTURED') = (account_id is not null) and (state = 'CAPTURED' or refunded = 0)),
  check (state <> 'CAPTURED' or provider_payment_id <> ''),
  check ((state = 'FAILED') = (state_reason <> '')),
  check (payment_method_id is not null or state = 'FAILED')
);

create index payments_to_look_at on payments (look_time) where state = 'PENDING';
create index payments_of_customer on payments (customer_id, id);
-- The provider's payment pays for one thing only.
create unique index payments_by_provider on payments (provider_payment_id) where state = 'CAPTURED';

create table refunds (
  id text primary key,
  key text not null unique,
  content_hash bytea not null,
  payment_id text not null references payments (id),
  amount bigint not null check (amount > 0),
  memo text not null,
  state text not null check (state in ('PENDING', 'DONE', 'FAILED')),
  -- The tax in it, and what was given back of the payment with it; known when it is done.
  tax bigint,
  refunded_after bigint,
  provider_refund_id text not null default '',
  -- What the provider calls its refusal.
  refusal_code text not null default '',
  create_time timestamptz not null,
  end_time timestamptz,
  look_time timestamptz,
  looks int not null default 0,
  check ((state = 'PENDING') = (end_time is null) and (state = 'PENDING') = (look_time is not null)),
  check ((state = 'DONE') = (tax is not null) and (state = 'DONE') = (refunded_after is not null)),
  check ((state = 'FAILED') = (refusal_code <> ''))
);

create index refunds_to_look_at on refunds (look_time) where state = 'PENDING';
create index refunds_of_payment on refunds (payment_id);

create trigger payments_fixed before update on payments for each row
  when ((old.id, old.key, old.customer_id, old.payment_method_id, old.currency, old.amount, old.tax, old.create_time)
      is distinct from (new.id, new.key, new.customer_id, new.payment_method_id, new.currency, new.amount, new.tax, new.create_time)
    or old.refunded > new.refunded
    or old.state <> 'PENDING' and (old.state, old.account_id, old.provider_payment_id, old.end_time)
      is distinct from (new.state, new.account_id, new.provider_payment_id, new.end_time))
  execute function refuse_change('a payment ends once');
create trigger payments_kept before delete or truncate on payments
  for each statement execute function refuse_change('payments are kept');
create trigger refunds_fixed before update on refunds for each row
  when ((old.id, old.key, old.payment_id, old.amount, old.create_time)
      is distinct from (new.id, new.key, new.payment_id, new.amount, new.create_time)
    or old.state <> 'PENDING')
  execute function refuse_change('a refund ends once');
create trigger refunds_kept before delete or truncate on refunds
  for each statement execute function refuse_change('refunds are kept');

-- What was captured or given back is in the journal when the transaction commits.
create function check_payment_posted() returns trigger language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  posted bigint;
  given_back bigint;
begin
  select sum(line.amount) into posted from journal_entries as entry join journal_lines as line on line.entry_id = entry.id
    where entry.cause_kind = 'CAPTURE' and entry.cause_id = new.id and line.ledger = 'CASH';
  select -sum(line.amount) into given_back
    from refunds join journal_entries as entry on entry.cause_kind = 'PAYOUT' and entry.cause_id = refunds.id
      join journal_lines as line on line.entry_id = entry.id
    where refunds.payment_id = new.id and refunds.state = 'DONE' and line.ledger = 'CASH';
  if new.state = 'CAPTURED' and posted is distinct from new.amount
    or (select refunded from payments where id = new.id) <> coalesce(given_back, 0) then
    raise check_violation using message = 'a payment is not what the journal says', constraint = 'payments_posted';
  end if;
  return null;
end $$;

create constraint trigger payments_posted after insert or update of state, refunded on payments
  deferrable initially deferred for each row when (new.state = 'CAPTURED') execute function check_payment_posted();

-- The oldest postpaid account of a customer in a currency.
create index accounts_postpaid on accounts (customer_id, currency, id) where kind = 'POSTPAID';
