-- Customers are listed oldest first; an id that was chosen says nothing of its age.
create index customers_by_time on customers (create_time, id);
