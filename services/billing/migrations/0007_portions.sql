-- The stretches of a month that one tariff version prices each, as rating handed them over. Null where one version prices the whole month
-- by its totals.
alter table moved_lines add column portions jsonb;

-- What a line was activated with stays in charge_accounts; what it has had since which time follows from these rows, so that a change that is
-- taken back just no longer counts.
alter table account_changes
  drop constraint account_changes_action_check,
  add column offering_id text,
  add column tariff_id text,
  add check (action in ('ACTIVATE', 'SUSPEND', 'RESUME', 'TERMINATE', 'RESTORE', 'CHANGE_OFFERING')),
  add check ((action = 'CHANGE_OFFERING') = (offering_id is not null) and (offering_id is null) = (tariff_id is null));

alter table invoice_lines
  -- Empty for what was charged before this was kept, of a line that is gone.
  add column tariff_id text not null default '',
  -- The earlier month that the charge adjusts; null for one of the invoice's own month.
  add column adjusted_period text;
update invoice_lines set tariff_id = line.tariff_id from charge_accounts as line where line.line_id = invoice_lines.line_id;

-- By what a line without portions was priced. What is known later about its tariff, its offering or its suspensions must not
-- change what its invoice is explained by. Null for a line with portions, and for one from before that had no charges.
alter table invoiced_lines
  add column tariff_id text,
  add column tariff_version timestamptz,
  add column active_days int;
update invoiced_lines set tariff_id = priced.tariff_id, tariff_version = priced.tariff_version, active_days = priced.active_days
from (
  select invoice_id, line_id, min(tariff_id) as tariff_id, min(tariff_version) as tariff_version,
    coalesce(max(quantity::int) filter (where metric = 'days'), 0) as active_days
  from invoice_lines group by invoice_id, line_id
) as priced
where priced.invoice_id = invoiced_lines.invoice_id and priced.line_id = invoiced_lines.line_id and priced.tariff_id <> '';

-- By how much a line's month differs from what was charged for it. All adjustments of a line and month, with its invoice, are what the month comes to.
create table adjustments (
  -- Time-ordered.
  id text primary key,
  business text not null,
  -- The month that is adjusted.
  period text not null,
  line_id text not null,
  account_id text not null references accounts (id),
  offering_id text not null,
  service_number text not null,
  -- What is charged in addition; below zero what is taken back. Bytes, and minor units without tax.
  usage_bytes bigint not null,
  charges bigint not null,
  -- What the month was charged before, in minor units.
  charges_before bigint not null,
  -- The differences by component: [{"component": …, "tariffId": …, "tariffVersion": …, "quantity": …, "metric": …, "amount": …}].
  lines jsonb not null,
  -- The line's month as it was priced: a common.v1.LineMonth, binary, its portions filled in.
  line_month bytea not null,
  create_time timestamptz not null,
  -- The invoice that charges it; null until there is one.
  invoice_id text references invoices (id)
);

create index adjustments_of_month on adjustments (business, period, line_id);
create index adjustments_to_invoice on adjustments (business, account_id, id) where invoice_id is null;
create index adjustments_of_invoice on adjustments (invoice_id) where invoice_id is not null;
