-- Who read a request, and what it cost. One row a tier that was tried; the last one of a request says who planned it.

create table planner_decision (
  id bigint generated always as identity primary key,
  -- Null: a sentence that was only mapped.
  request_id uuid references request (id),
  person text not null,
  tier text not null check (tier in ('local', 'external', 'rules')),
  provider text not null,
  model text,
  -- `begun` holds the most that a call can cost until it has ended; a process that died leaves it counted.
  outcome text not null check (outcome in ('begun', 'planned', 'failed', 'refused', 'skipped')),
  -- Why this tier, or why not: a code and a sentence.
  code text,
  reason text not null,
  tries integer not null default 0,
  input_tokens integer not null default 0,
  output_tokens integer not null default 0,
  cost_usd numeric(14, 8) not null default 0,
  duration_ms integer not null default 0,
  -- What the person is told of it.
  told text,
  created_at timestamptz not null default chiffon.now()
);
create index planner_decision_of_request on planner_decision (request_id, id);
-- The budget of a month, the calls of a minute and of a person's hour are counted from here: there is no second sum that could differ.
create index planner_decision_spent on planner_decision (provider, created_at) where tier = 'external' and outcome <> 'skipped';
