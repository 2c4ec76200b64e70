-- How drivers are reached, as ordering last told.
create table driver_contacts (
  driver_id    text primary key,
  display_name text not null,
  phone        text not null
);

-- A message is to a customer, to a driver, or to a department, which has no id. The default is for processes of before this column, which
-- may run beside newer ones for a while.
alter table messages add column driver_id text not null default '';
alter table messages add constraint messages_to_one check (customer_id = '' or driver_id = '');

create index messages_of_driver on messages (driver_id, id desc) where driver_id <> '';
