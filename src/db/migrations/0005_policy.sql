-- Votes of people for a plan version, where more than one is needed. One a person: linked accounts are one person.
create table approval_vote (
  plan_version_id uuid not null references plan_version (id),
  digest text not null,
  person text not null,
  account text not null,
  -- Slack user groups and Discord roles that the account had when it voted.
  groups text[] not null default '{}',
  decided_at timestamptz not null default chiffon.now(),
  primary key (plan_version_id, person)
);
create trigger approval_vote_kept before update or delete on approval_vote for each row execute function chiffon.refuse_change();
create trigger approval_vote_kept_whole before truncate on approval_vote for each statement execute function chiffon.refuse_change();
