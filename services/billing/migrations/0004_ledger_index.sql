-- The journal by time: settlement compares it window by window.
create index journal_entries_by_time on journal_entries (time, id);
