-- True while the response is the first answer of a command that goes on after its transaction; its final answer takes its place once.
alter table idempotency_keys add column open boolean not null default false;
