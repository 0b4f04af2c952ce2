-- Every message to a platform is a row first.

-- Where a conversation is posted to, once that differs from its key: a slash command's becomes the thread under its first message.
alter table conversation add column place text;
create index conversation_by_place on conversation (platform, place) where place is not null;

-- Notices and channel lines are shown once for what they are about: `line`, `request:<id>`, `reminder:<plan version>`.
alter table card add column topic text;
create unique index card_of_topic_once on card (conversation_id, topic) where topic is not null;

create table outbox_message (
  id uuid primary key default gen_random_uuid(),
  -- The order within a conversation.
  number bigint generated always as identity unique,
  conversation_id uuid not null references conversation (id),
  kind text not null check (kind in ('post', 'edit', 'file', 'private')),
  card_id uuid references card (id),
  -- Who sees a private message.
  person text,
  content jsonb not null,
  content_hash text not null,
  state text not null default 'waiting' check (state in ('waiting', 'sending', 'sent', 'given_up')),
  attempts integer not null default 0,
  not_before timestamptz not null default chiffon.now(),
  -- A process that died while it sent: another one goes on after this time.
  claimed_until timestamptz,
  last_error text,
  created_at timestamptz not null default chiffon.now(),
  sent_at timestamptz,
  check ((kind in ('post', 'edit')) = (card_id is not null) or kind = 'file'),
  check ((kind = 'private') = (person is not null))
);
create index outbox_open on outbox_message (conversation_id, number) where state in ('waiting', 'sending');
-- A card is posted once; edits that wait become one; a file that is already there is not sent again.
create unique index outbox_post_once on outbox_message (card_id) where kind = 'post';
create unique index outbox_edit_once on outbox_message (card_id) where kind = 'edit' and state = 'waiting';
create unique index outbox_file_once on outbox_message (card_id, content_hash) where kind = 'file' and card_id is not null;

-- Cards of before whose message was never sent.
insert into outbox_message (conversation_id, kind, card_id, content, content_hash)
  select conversation_id, 'post', id, content, '' from card where message is null and kind <> 'web';
