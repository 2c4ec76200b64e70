-- A command may ask for its refusal to be its key's answer for good. A version before this one fails at such a key, and is asked again.
alter table balance_commands
  alter column answer drop not null,
  add column refusal jsonb,
  add constraint balance_commands_answered check ((answer is null) <> (refusal is null));
