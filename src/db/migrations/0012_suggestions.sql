-- The content of an analysis is now that of all files lint read, includes too; plans know it by the catalog's hash, of which several may be the same content.
alter table analysis add column catalog_hashes text[] not null default '{}';
alter table analysis add column seen_at timestamptz not null default chiffon.now();
update analysis set catalog_hashes = array[content_hash], seen_at = analyzed_at;
create index analysis_by_playbook on analysis (playbook_path, seen_at desc);

-- Who settled it, and where its fix is.
alter table suggestion add column settled_by text;
alter table suggestion add column settled_at timestamptz;
alter table suggestion add column branch text;
alter table suggestion add column commit_hash text;

-- A finding is known again by file, rule and task; by its message only where there is no task.
update suggestion set fingerprint = path || chr(1) || rule || chr(1) || coalesce(task, message);
