-- What the invoices of a month charge or credit for earlier ones, by product. The charges are part of `charges`, so that those add up to the
-- invoices' subtotals; the volume is not part of `usage_bytes`, which are the month's own.
alter table settlement_products
  add column adjustment_charges numeric not null default 0,
  add column adjustment_usage_bytes numeric not null default 0;
