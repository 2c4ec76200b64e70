-- Compatible: a version before this one fails at a key whose refusal is kept, and whoever asked asks again.
-- A command may ask for its refusal to be its key's answer for good.
alter table balance_commands
  alter column answer drop not null,
  add column refusal jsonb,
  add constraint balance_commands_answered check ((answer is null) <> (refusal is null));
