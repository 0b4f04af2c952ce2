-- The next message to send is found without a look at all conversations and at all that was ever sent.
create index outbox_next on outbox_message (number) where state in ('waiting', 'sending');
