-- Whether a message may have arrived although nobody heard so: kept over tries and processes, so that the next try looks before it posts.
alter table outbox_message add column in_doubt boolean not null default false;
