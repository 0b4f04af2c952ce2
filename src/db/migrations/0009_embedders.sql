-- Vectors of other lengths than 384, and all vectors where there is no pgvector, are searched in process and kept as plain numbers.
-- The table is made anew from the playbooks whenever it is empty.
truncate playbook_phrasing;
alter table playbook_phrasing add column numbers real[];

do $$
begin
  if exists (
    select from information_schema.columns
    where table_schema = 'chiffon' and table_name = 'playbook_phrasing' and column_name = 'embedding' and udt_name = 'vector'
  ) then
    alter table chiffon.playbook_phrasing alter column embedding drop not null;
  else
    alter table chiffon.playbook_phrasing drop column embedding;
  end if;
end
$$;
