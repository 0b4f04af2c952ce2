-- What somebody said is a row before it is planned, and is planned once, also after a crash.

alter table request add column intake jsonb not null default '{}';
-- The plan version that was open when it was said.
alter table request add column about_version uuid references plan_version (id);
-- Who plans it is alive until then.
alter table request add column planning_until timestamptz;
alter table request add column planning_attempts integer not null default 0;
-- What the person was told, so that it can be shown again.
alter table request add column result jsonb;
alter table request drop constraint request_outcome_check;
alter table request add constraint request_outcome_check check (outcome in
  ('plan', 'question', 'unmapped', 'unknown_host', 'no_work', 'failed', 'refused', 'answer', 'modification', 'withdrawal'));
-- From before, cut short by a crash: nobody waits for them any more.
update request set outcome = 'failed' where outcome is null and created_at < chiffon.now() - interval '1 hour';
create index request_unplanned on request (number) where outcome is null;

-- What was said for this version, in the person's own words.
alter table plan_version add column said_text text;
-- Grows with every answer: two answers in the same moment are told apart by it.
alter table plan_version add column answers integer not null default 0;
alter table plan_version add column asked_at timestamptz not null default chiffon.now();
alter table plan_version add column reminded_at timestamptz;
create index plan_version_asked on plan_version (asked_at) where state in ('drafting', 'needs_input');
create index inbound_event_received on inbound_event (received_at);
