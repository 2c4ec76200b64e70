-- What is taken away and given back, and what a payment method pays at once.
alter table journal_entries
  drop constraint journal_entries_cause_kind_check,
  add constraint journal_entries_cause_kind_check check (cause_kind in
    ('TOP_UP', 'WITHDRAWAL', 'PAYMENT', 'DEBIT', 'GRANT', 'REFUND', 'CREDIT_EXPIRY', 'INVOICE', 'COMMIT',
     'FORFEITURE', 'REINSTATEMENT', 'CHARGE', 'CAPTURE', 'CHARGE_REFUND', 'PAYOUT'));
