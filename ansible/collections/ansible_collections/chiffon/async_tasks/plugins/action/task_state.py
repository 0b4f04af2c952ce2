from __future__ import absolute_import, division, print_function

__metaclass__ = type

import os
import time

from ansible.errors import AnsibleActionFail
from ansible.module_utils._text import to_text
from ansible.plugins.action import ActionBase

from ansible_collections.chiffon.async_tasks.plugins.module_utils import states
from ansible_collections.chiffon.async_tasks.plugins.module_utils.job_script import job_script

ARGUMENTS = {
    "operation": {"type": "str", "required": True,
                  "choices": ["find", "reserve", "started", "release", "read", "record", "list", "old", "remove"]},
    "state_dir": {"type": "path"},
    "job_id": {"type": "str"},
    "task_name": {"type": "str"},
    "playbook_name": {"type": "str"},
    "command": {"type": "str"},
    "limit": {"type": "int", "default": 300},
    "metadata": {"type": "raw"},
    "ansible_job_id": {"type": "str"},
    "report": {"type": "raw"},
    "days": {"type": "float", "default": 7},
}
ERROR_LIMIT = 2000


class ActionModule(ActionBase):
    """Runs on the controller: no module is sent anywhere."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        result = super(ActionModule, self).run(tmp, task_vars)
        _unused, arguments = self.validate_argument_spec(argument_spec=ARGUMENTS)
        folder = states.state_folder(arguments["state_dir"])
        try:
            operation = getattr(self, "_" + arguments["operation"])
            result.update(operation(folder, arguments, task_vars or {}))
        except (states.StateError, OSError) as error:
            result.update(failed=True, msg=to_text(error))
        result.setdefault("changed", False)
        return result

    def _reserve(self, folder, arguments, task_vars):
        for name in ("command", "task_name"):
            if not (arguments[name] or "").strip():
                raise AnsibleActionFail("%s is empty: say what to start, and under which name" % name)
        if arguments["limit"] < 1:
            raise AnsibleActionFail("timeout is %d: a job needs at least a second" % arguments["limit"])
        playbook_name, host = self._place(arguments, task_vars)
        if self._task.check_mode:
            return {"reserved": False, "state": None, "tracked": False, "script": ""}
        now = time.time()
        state = {
            "job_id": states.new_job_id(playbook_name, now),
            "playbook_name": playbook_name,
            "play_id": self._play_id(),
            "host": host,
            "task_name": arguments["task_name"],
            "command": arguments["command"],
            "ansible_job_id": None,
            "status": "unknown",
            "start_time": states.stamp(now),
            "check_time": None,
            "finish_time": None,
            "result": None,
            "error": None,
            "reason": None,
            "timeout": arguments["limit"],
            "metadata": arguments["metadata"] if arguments["metadata"] is not None else {},
            # What is needed to ask for it again the same way.
            "connection": to_text(self._connection.transport),
            "become": bool(self._play_context.become),
            "become_user": self._play_context.become_user or None,
            "run_id": os.environ.get("CHIFFON_RUN_ID"),
        }
        try:
            states.ensure_folder(folder)
            with states.locked(folder):
                other, problems = states.open_job(folder, playbook_name, arguments["task_name"], host)
                if other is not None:
                    return {"reserved": False, "state": other, "tracked": True, "state_file": states.state_file(folder, other["job_id"])}
                path = states.write_state(folder, state)
        except OSError as error:
            return {"reserved": True, "state": state, "tracked": False, "state_file": "", "script": job_script(state),
                    "warnings": ["the state of the job cannot be kept in %s (%s): it runs untracked" % (folder, error)]}
        return {"reserved": True, "state": state, "tracked": True, "state_file": path, "script": job_script(state),
                "warnings": problems}

    def _find(self, folder, arguments, task_vars):
        """A job of this name that is still open, as far as its state says."""
        if self._task.check_mode:
            return {"state": None}
        playbook_name, host = self._place(arguments, task_vars)
        state, _problems = states.open_job(folder, playbook_name, arguments["task_name"], host)
        return {"state": state}

    def _place(self, arguments, task_vars):
        return arguments["playbook_name"] or self._playbook_name(task_vars), to_text(task_vars.get("inventory_hostname", "localhost"))

    def _started(self, folder, arguments, task_vars):
        try:
            state = self._update(folder, arguments["job_id"], {"ansible_job_id": arguments["ansible_job_id"], "status": "running"})
        except (OSError, states.StateError) as error:
            return {"state": None, "warnings": ["the state of job %s cannot be kept in %s (%s): it runs untracked" % (arguments["job_id"], folder, error)]}
        return {"state": state}

    def _release(self, folder, arguments, task_vars):
        states.remove_state(folder, arguments["job_id"])
        return {"changed": True}

    def _read(self, folder, arguments, task_vars):
        if self._task.check_mode and not arguments["job_id"]:
            # Nothing is started in check mode, so there is no id to ask about.
            return {"state": None, "overdue": False, "open": False, "state_file": ""}
        job_id = states.check_job_id(arguments["job_id"])
        state = states.read_state(folder, job_id)
        path = states.state_file(folder, job_id)
        if state is None:
            return {"state": None, "overdue": False, "open": False, "state_file": path}
        age = time.time() - states.seconds_of(state["start_time"])
        return {"state": state, "overdue": states.is_overdue(state), "open": state["status"] in states.OPEN, "state_file": path,
                "age": age, "left": max(0.0, state["timeout"] - age)}

    def _record(self, folder, arguments, task_vars):
        if self._task.check_mode and not arguments["job_id"]:
            return {"outcome": outcome_of(None, {}, "", "in check mode no job is started")}
        job_id = states.check_job_id(arguments["job_id"])
        report = arguments["report"] if isinstance(arguments["report"], dict) else {}
        state = states.read_state(folder, job_id)
        path = states.state_file(folder, job_id)
        if state is None:
            error = "there is no job %s in %s" % (job_id, folder)
            return {"outcome": outcome_of(None, report, path, error), "warnings": [error]}
        if state["status"] in states.OPEN:
            changes = states.changes_from(report, time.time())
            try:
                state = self._update(folder, job_id, changes)
            except OSError as error:
                state = dict(state, **changes)
                return {"outcome": outcome_of(state, report, path), "warnings": ["what is known of job %s cannot be kept: %s" % (job_id, error)]}
        return {"outcome": outcome_of(state, report, path)}

    def _list(self, folder, arguments, task_vars):
        found, problems = states.list_states(folder)
        return {"states": found, "problems": problems, "warnings": problems}

    def _old(self, folder, arguments, task_vars):
        found, problems = states.list_states(folder)
        limit = time.time() - arguments["days"] * 86400
        old = [state for state in found if state["status"] in states.FINAL and states.seconds_of(state["finish_time"] or state["start_time"]) <= limit]
        return {"states": old, "problems": problems, "warnings": problems, "kept": len(found) - len(old)}

    def _remove(self, folder, arguments, task_vars):
        job_id = states.check_job_id(arguments["job_id"])
        with states.locked(folder):
            state = states.read_state(folder, job_id)
            if state is None or state["status"] in states.OPEN:
                return {"changed": False}
            if not self._task.check_mode:
                states.remove_state(folder, job_id)
        return {"changed": True}

    def _update(self, folder, job_id, changes):
        state = states.update_state(folder, job_id, changes)
        if state is None:
            raise states.StateError("the state of job %s is gone from %s" % (job_id, folder))
        return state

    def _play(self):
        parent = self._task
        while parent is not None:
            play = getattr(parent, "_play", None)
            if play is not None:
                return play
            parent = getattr(parent, "_parent", None)
        return None

    def _play_id(self):
        return to_text(getattr(self._play(), "_uuid", "") or "")

    def _playbook_name(self, task_vars):
        play = self._play()
        position = getattr(getattr(play, "_ds", None), "ansible_pos", None)
        path = position[0] if position else getattr(getattr(play, "_origin", None), "path", None)
        return os.path.splitext(os.path.basename(to_text(path)))[0] if path else to_text(task_vars.get("ansible_play_name") or "playbook")


def outcome_of(state, report, path, error=None):
    answered = "job_status" in report and not report.get("unreachable") and not report.get("failed")
    if state is None:
        return {"job_id": None, "host": None, "task_name": None, "status": "unknown", "finished": True, "result": None, "error": error, "reason": "no_such_job",
                "reachable": None, "stdout": "", "stderr": "", "state_file": path}
    asked = bool(report) and not report.get("skipped")
    kept = state["result"] or {}
    outcome = {name: state.get(name) for name in ("job_id", "host", "task_name", "playbook_name", "ansible_job_id", "status", "start_time", "finish_time", "result",
                                                  "error", "reason", "metadata")}
    outcome.update(
        finished=state["status"] in states.FINAL,
        reachable=answered if asked else None,
        stdout=report.get("stdout") if answered else kept.get("stdout") or "",
        stderr=report.get("stderr") if answered else kept.get("stderr") or "",
        state_file=path,
    )
    if asked and not answered and not outcome["finished"]:
        outcome["error"] = "%s did not answer, so this is the last that is known: %s" % (state["host"], to_text(report.get("msg") or "")[:ERROR_LIMIT])
        outcome["reason"] = "host_unreachable"
    return outcome
