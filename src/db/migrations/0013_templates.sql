-- Playbooks that the generator proposed. Their files are made of the wish alone, so only the wish and their digest are kept.
create table template_proposal (
  id uuid primary key default gen_random_uuid(),
  person text not null,
  wish jsonb not null,
  digest text not null,
  proposed_at timestamptz not null default chiffon.now(),
  branch text,
  commit_hash text,
  written_by text,
  written_at timestamptz
);
