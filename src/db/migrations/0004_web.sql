-- What the web chat shows has a table of its own; `card` says only where a plan or run is shown.

create table web_entry (
  id uuid primary key default gen_random_uuid(),
  conversation_id uuid not null references conversation (id),
  -- Its place in the conversation.
  position bigint not null,
  -- Grows with every change in the conversation: a reader that knows one asks for what came after.
  revision bigint not null,
  card jsonb,
  said text,
  -- A message that a browser sends twice is one entry.
  event_key text,
  created_at timestamptz not null default chiffon.now(),
  check ((card is null) <> (said is null)),
  unique (conversation_id, position),
  unique (conversation_id, event_key)
);
create index web_entry_by_revision on web_entry (conversation_id, revision);

-- Until now each sign-in had a conversation of its own. The newest one goes on as the local owner's.
update conversation set external_key = 'web:local' where id = (
  select conversation_id from card where kind = 'web' order by updated_at desc limit 1);
insert into web_entry (id, conversation_id, position, revision, card, said, event_key, created_at)
  select id, conversation_id, (extract(epoch from created_at) * 1000000)::bigint, (extract(epoch from updated_at) * 1000000)::bigint,
    content -> 'card', content ->> 'text', content ->> 'eventKey', created_at
  from card where kind = 'web';
delete from card where kind = 'web';
