-- What can be run, how it is found, and what people taught.

create table playbook_catalog (
  repo text primary key,
  content_hash text not null,
  rejected jsonb not null default '[]',
  scanned_at timestamptz not null default chiffon.now()
);

create table playbook (
  repo text not null references playbook_catalog (repo) on delete cascade,
  id text not null,
  position integer not null,
  path text not null,
  service text,
  verb text not null,
  content_hash text not null,
  -- Everything the scanner knows, as src/mapping/playbook.ts says.
  facts jsonb not null,
  primary key (repo, id)
);
create index playbook_by_service on playbook (repo, service);

-- Several phrasings a playbook; rows of an embedder that is no longer used are replaced.
create table playbook_phrasing (
  repo text not null,
  playbook text not null,
  position integer not null,
  content_hash text not null,
  embedder text not null,
  phrasing text not null,
  primary key (repo, playbook, position)
);

-- A PostgreSQL without pgvector keeps plain numbers and is searched in process.
do $$
begin
  if to_regtype('vector') is null then
    alter table chiffon.playbook_phrasing add column embedding real[] not null;
  else
    alter table chiffon.playbook_phrasing add column embedding vector(384) not null;
  end if;
end
$$;

-- A person confirmed that this wording means this playbook. Belongs to the playbook's content: another hash forgets it.
create table learned_mapping (
  id uuid primary key default gen_random_uuid(),
  repo text not null,
  wording text not null,
  playbook text not null,
  playbook_hash text not null,
  taught_by text not null,
  taught_at timestamptz not null default chiffon.now(),
  revoked_by text,
  revoked_at timestamptz
);
create unique index learned_mapping_current on learned_mapping (repo, wording) where revoked_at is null;
