alter table orders
  drop constraint orders_action_check,
  add constraint orders_action_check
    check (action in ('ACTIVATE', 'SUSPEND', 'RESUME', 'TERMINATE', 'RESTORE', 'PURCHASE', 'CHANGE_OFFERING'));
