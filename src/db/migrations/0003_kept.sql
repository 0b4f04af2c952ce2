-- More of what is finished stays as it was: events, attempts, requests, decided plan versions; and nothing of it can be truncated.

create trigger run_event_kept before update or delete on run_event for each row execute function chiffon.refuse_change();
create trigger run_event_kept_whole before truncate on run_event for each statement execute function chiffon.refuse_change();

create trigger step_attempt_kept before update on step_attempt for each row
  when (old.state in ('succeeded', 'failed', 'timeout', 'cancelled', 'refused')) execute function chiffon.refuse_change();
create trigger step_attempt_never_deleted before delete on step_attempt for each row execute function chiffon.refuse_change();
create trigger step_attempt_kept_whole before truncate on step_attempt for each statement execute function chiffon.refuse_change();

create trigger request_kept before update on request for each row
  when ((old.id, old.number, old.conversation_id, old.person, old.text, old.created_at)
    is distinct from (new.id, new.number, new.conversation_id, new.person, new.text, new.created_at))
  execute function chiffon.refuse_change();
create trigger request_never_deleted before delete on request for each row execute function chiffon.refuse_change();
create trigger request_kept_whole before truncate on request for each statement execute function chiffon.refuse_change();

create trigger plan_version_decided before update on plan_version for each row
  when (old.state not in ('drafting', 'needs_input', 'awaiting_approval') or old.digest is not null
    and (old.draft, old.risk, old.purpose, old.plan_id, old.version) is distinct from (new.draft, new.risk, new.purpose, new.plan_id, new.version))
  execute function chiffon.refuse_change();
create trigger plan_version_never_deleted before delete on plan_version for each row execute function chiffon.refuse_change();
create trigger plan_version_kept_whole before truncate on plan_version for each statement execute function chiffon.refuse_change();

create trigger run_kept_whole before truncate on run for each statement execute function chiffon.refuse_change();
create trigger run_step_kept_whole before truncate on run_step for each statement execute function chiffon.refuse_change();
create trigger approval_kept_whole before truncate on approval for each statement execute function chiffon.refuse_change();
