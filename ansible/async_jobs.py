"""The jobs of collection chiffon.async_tasks that run on this machine under this account: python3 -I -S async_jobs.py COMMAND FOLDER …

look FOLDER                  asks for every open one and writes down how it stands
output FOLDER JOB_ID LINES   what it wrote so far; LINES is a number or all
cleanup FOLDER DAYS          removes states of jobs that ended so many days ago, and what those of this machine left

Prints one JSON document. Jobs on other machines, or of other accounts, are asked for by Ansible.
"""
import json
import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "collections", "ansible_collections", "chiffon", "async_tasks",
                                "plugins", "module_utils"))

import jobs  # noqa: E402
import states  # noqa: E402


def is_here(state):
    return state.get("connection") == "local" and not state.get("become")


def look(folder):
    looked = []
    for state in states.list_states(folder)[0]:
        if state["status"] not in states.OPEN or not is_here(state):
            continue
        age = time.time() - states.seconds_of(state["start_time"])
        ansible_job_id = state["ansible_job_id"] or ""
        if jobs.wrong_argument(state["job_id"], ansible_job_id, "20") is not None:
            continue
        report = jobs.ask(state["job_id"], ansible_job_id, age, max(0.0, state["timeout"] - age), states.is_overdue(state))
        states.update_state(folder, state["job_id"], states.changes_from(report, time.time()))
        looked.append({"job_id": state["job_id"], "status": report["job_status"]})
    return {"looked": looked}


def output(folder, job_id, lines):
    state = states.read_state(folder, job_id)
    if state is None:
        raise states.StateError("there is no job %s" % job_id)
    wrong = jobs.wrong_argument(job_id, state["ansible_job_id"] or "", lines)
    if wrong is not None:
        raise states.StateError(wrong)
    return jobs.Job(job_id, state["ansible_job_id"] or "").output(lines, 1 << 20)


def cleanup(folder, days):
    found = states.list_states(folder)[0]
    limit = time.time() - float(days) * 86400
    removed = []
    for state in found:
        if state["status"] not in states.FINAL or states.seconds_of(state["finish_time"] or state["start_time"]) > limit:
            continue
        if is_here(state) and jobs.wrong_argument(state["job_id"], state["ansible_job_id"] or "", "0") is None:
            jobs.Job(state["job_id"], state["ansible_job_id"] or "").remove(False)
        states.remove_state(folder, state["job_id"])
        removed.append(state["job_id"])
    return {"removed": removed, "kept": len(found) - len(removed)}


if __name__ == "__main__":
    try:
        answer = {"look": look, "output": output, "cleanup": cleanup}[sys.argv[1]](*sys.argv[2:])
    except (states.StateError, OSError) as error:
        answer = {"error": str(error)}
    print(json.dumps(answer))
