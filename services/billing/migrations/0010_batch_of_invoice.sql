-- Compatible: the column may stay empty; such an invoice is looked at for every line of its account.
-- The batch of the hand-over that an invoice's lines came in; 0 for one without a line.
alter table invoices add column batch int;
