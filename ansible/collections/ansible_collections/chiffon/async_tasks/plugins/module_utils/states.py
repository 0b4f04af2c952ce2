"""The states of jobs: one JSON file a job in a folder of the controller, written by rename. Standard library only."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import fcntl
import json
import os
import re
import tempfile
import time
import uuid
from contextlib import contextmanager
from datetime import datetime, timezone

FIELDS = ("job_id", "playbook_name", "play_id", "host", "task_name", "command", "ansible_job_id", "status", "start_time", "check_time",
          "finish_time", "result", "error", "timeout", "metadata")
FINAL = ("completed", "failed", "timeout")
# `unknown` in a file: reserved, and whoever reserved it has not said yet that it started.
OPEN = ("unknown", "running")
JOB_ID = re.compile(r"^[A-Za-z0-9_-]{1,120}\Z")
DEFAULT_FOLDER = ".ansible_async_state"
STATE_LIMIT = 16 << 20
ERROR_LIMIT = 2000


class StateError(Exception):
    """Something about a state that a person has to look at."""


def state_folder(given=None):
    """Absolute. What is given, else CHIFFON_ASYNC_STATE_DIR, else a folder below the caller's."""
    chosen = given or os.environ.get("CHIFFON_ASYNC_STATE_DIR") or DEFAULT_FOLDER
    return os.path.abspath(os.path.expanduser(chosen))


def check_job_id(job_id):
    if not isinstance(job_id, str) or not JOB_ID.match(job_id):
        raise StateError("%r is no job id: only letters, digits, _ and - can be in one" % (job_id,))
    return job_id


def new_job_id(playbook_name, now):
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", playbook_name).strip("_")[:60] or "playbook"
    return "%s_%d_%s" % (name, int(now), uuid.uuid4().hex[:8])


def stamp(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds_of(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp()


def is_overdue(state, now=None):
    """Its own result never says so: a job that nobody ended stays unfinished for ever, so the clock decides."""
    return state["status"] in OPEN and (now or time.time()) > seconds_of(state["start_time"]) + state["timeout"]


def state_file(folder, job_id):
    return os.path.join(folder, check_job_id(job_id) + ".json")


def ensure_folder(folder):
    os.makedirs(folder, mode=0o700, exist_ok=True)
    if os.stat(folder).st_uid == os.geteuid():
        os.chmod(folder, 0o700)


@contextmanager
def locked(folder):
    """One writer at a time, also over processes. The lock goes with its process, however that ends."""
    handle = os.open(os.path.join(folder, ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def write_state(folder, state):
    """0600, by rename: a reader sees the old or the new one, whatever happens meanwhile."""
    path = state_file(folder, state["job_id"])
    handle, temporary = tempfile.mkstemp(prefix=".new-", dir=folder)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(state, file, ensure_ascii=True, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        remove_quietly(temporary)
        raise
    return path


def read_state(folder, job_id):
    """None: there is none. Raises StateError for a file that is no state."""
    path = state_file(folder, job_id)
    try:
        with open(path, "rb") as file:
            data = file.read(STATE_LIMIT + 1)
    except OSError as error:
        if error.errno == errno.ENOENT or error.errno == errno.ENOTDIR:
            return None
        raise StateError("the state of job %s cannot be read: %s" % (job_id, error))
    return parse_state(data, path, job_id)


def parse_state(data, path, job_id):
    hint = "Mend or remove this file; the job itself is not touched by that."
    try:
        state = json.loads(data.decode("utf-8"))
    except ValueError as error:
        raise StateError("the state file %s is corrupt (%s). %s" % (path, error, hint))
    if not isinstance(state, dict):
        raise StateError("the state file %s is corrupt (it is no object). %s" % (path, hint))
    missing = [name for name in FIELDS if name not in state]
    if missing:
        raise StateError("the state file %s is corrupt (it lacks %s). %s" % (path, ", ".join(missing), hint))
    if state["job_id"] != job_id or state["status"] not in OPEN + FINAL:
        raise StateError("the state file %s is corrupt (job id or status are wrong). %s" % (path, hint))
    try:
        seconds_of(state["start_time"])
        float(state["timeout"])
    except (TypeError, ValueError) as error:
        raise StateError("the state file %s is corrupt (%s). %s" % (path, error, hint))
    return state


def list_states(folder):
    """States in the order of their start, and what is wrong with those that cannot be read."""
    states, problems = [], []
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return states, problems
    for name in names:
        if name.startswith(".") or not name.endswith(".json") or not JOB_ID.match(name[:-5]):
            continue
        try:
            state = read_state(folder, name[:-5])
        except StateError as error:
            problems.append(str(error))
            continue
        if state is not None:
            states.append(state)
    return sorted(states, key=lambda state: (state["start_time"], state["job_id"])), problems


def open_job(folder, playbook_name, task_name, host):
    """The job that holds this name there, if any, and what is wrong with states that cannot be read."""
    found, problems = list_states(folder)
    for state in found:
        if state["status"] in OPEN and (state["playbook_name"], state["task_name"], state["host"]) == (playbook_name, task_name, host):
            return state, problems
    return None, problems


def changes_from(report, now):
    """What the host said of an open job, as changes of its state. A host that did not answer changes nothing but the time."""
    changes = {"check_time": stamp(now)}
    if report.get("unreachable") or report.get("failed") or "job_status" not in report:
        return changes
    status = report["job_status"]
    if status == "running":
        return dict(changes, status="running")
    changes.update(
        status=status,
        finish_time=stamp(report.get("ended_at") or now),
        reason=report.get("reason"),
        error=(str(report.get("error") or "")[:ERROR_LIMIT] or None),
        result={name: report.get(name) for name in ("rc", "stdout", "stderr", "stdout_bytes", "stderr_bytes")},
    )
    return changes


def update_state(folder, job_id, changes):
    """Whoever is first to see the end of a job has said it; None: its state is gone."""
    with locked(folder):
        state = read_state(folder, job_id)
        if state is not None and state["status"] in OPEN:
            state.update(changes)
            write_state(folder, state)
        return state


def remove_state(folder, job_id):
    remove_quietly(state_file(folder, job_id))


def remove_quietly(path):
    try:
        os.unlink(path)
    except OSError:
        pass
