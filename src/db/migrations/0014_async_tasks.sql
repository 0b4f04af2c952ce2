-- Jobs that outlive the step which started them. Their truth is the state file on the agent; this is what the orchestrator was told of it.
create table async_task (
  job_id text primary key,
  attempt_id uuid not null references step_attempt (id),
  run_id uuid not null references run (id),
  step_order integer not null,
  host text not null,
  task_name text not null,
  status text not null check (status in ('unknown', 'running', 'completed', 'failed', 'timeout')),
  reason text,
  error text,
  rc integer,
  -- The end of what it wrote, when it had ended.
  last_lines text,
  timeout_seconds integer not null,
  started_at timestamptz not null,
  ended_at timestamptz,
  told_at timestamptz not null default chiffon.now()
);
create index async_task_by_run on async_task (run_id);
create index async_task_by_start on async_task (started_at desc);
