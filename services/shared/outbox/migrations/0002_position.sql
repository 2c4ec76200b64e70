-- The log of events is read from any position on; without this index each reader would go through the whole table.
create unique index outbox_by_position on outbox (position);
