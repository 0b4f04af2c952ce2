#!/usr/bin/python
# -*- coding: utf-8 -*-
from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: job
short_description: How a job stands on its host
description:
  - Looks at a job that the role C(async_task_start) started on this host, whether it still runs, how it ended, and what it wrote so far.
  - A job whose processes are gone without a result is failed, with the reason C(host_crash_suspected); one that is over its limit is ended.
author: The Chiffon authors
options:
  job_id:
    description: The job's id. Only letters, digits, C(_) and C(-) can be in one.
    type: str
    required: true
  ansible_job_id:
    description: Ansible's own id of it, as far as it is known.
    type: str
    default: ""
  state:
    description: C(asked) tells how it stands, C(absent) removes what an ended job left on this host.
    type: str
    choices: [asked, absent]
    default: asked
  overdue:
    description: It is over its limit. What still runs of it is ended.
    type: bool
    default: false
  left:
    description: Seconds until it is over its limit.
    type: float
  age:
    description: Seconds since its start. A young one may not have begun yet.
    type: float
    default: 3600
  wait:
    description: Seconds to wait for its end, at most until its limit.
    type: float
    default: 0
  lines:
    description: How many last lines of its output to give; C(all) gives everything, up to I(limit_bytes) from the end.
    type: str
    default: "20"
  limit_bytes:
    description: At most so many bytes of each of its two outputs.
    type: int
    default: 1048576
"""

EXAMPLES = r"""
- name: Everything a job wrote so far
  chiffon.async_tasks.job:
    job_id: backup_1795000000_0a1b2c3d
    lines: all
"""

RETURN = r"""
job_status:
  description: C(running), C(completed), C(failed) or C(timeout).
  returned: when asked
  type: str
reason:
  description: C(exit_code), C(signal), C(time_limit) or C(host_crash_suspected).
  returned: when it did not complete
  type: str
rc:
  description: The exit code; negative, the signal that ended it.
  returned: when it is known
  type: int
stdout:
  description: The last lines it wrote.
  returned: when asked
  type: str
stderr:
  description: The last lines it wrote as errors.
  returned: when asked
  type: str
stdout_bytes:
  description: How much it wrote in all.
  returned: when asked
  type: int
"""

import errno
import json
import os
import re
import shutil
import signal
import time

from ansible.module_utils._text import to_text
from ansible.module_utils.basic import AnsibleModule

YOUNG_SECONDS = 20
SETTLE_SECONDS = 3.0
LOOK_SECONDS = 0.2
FATAL = frozenset((1, 2, 3, 4, 6, 7, 8, 9, 11, 13, 14, 15, 24, 25, 31))
KILLED_AFTER = 2.0


def main():
    module = AnsibleModule(supports_check_mode=True, argument_spec=dict(
        job_id=dict(type="str", required=True),
        ansible_job_id=dict(type="str", default=""),
        state=dict(type="str", choices=["asked", "absent"], default="asked"),
        overdue=dict(type="bool", default=False),
        left=dict(type="float"),
        age=dict(type="float", default=3600),
        wait=dict(type="float", default=0),
        lines=dict(type="str", default="20"),
        limit_bytes=dict(type="int", default=1 << 20),
    ))
    for name in ("job_id", "ansible_job_id"):
        if not re.match(r"^[A-Za-z0-9_-]*\Z" if name == "job_id" else r"^[A-Za-z0-9_.-]*\Z", module.params[name]) or module.params[name] in (".", ".."):
            module.fail_json(msg="%r is no %s" % (module.params[name], name))
    if not module.params["job_id"]:
        module.fail_json(msg="job_id is empty")
    lines = module.params["lines"]
    if lines != "all" and not re.match(r"^\d{1,7}\Z", lines):
        module.fail_json(msg="lines is %r: give a number or all" % lines)
    job = Job(module.params["job_id"], module.params["ansible_job_id"])
    if module.params["state"] == "absent":
        module.exit_json(changed=job.remove(module.check_mode))
    left = module.params["left"]
    found = watch(job, module.params, time.time() + min(module.params["wait"], module.params["wait"] if left is None else left + 0.5),
                  None if left is None else time.time() + left)
    found.update(job.output(lines, module.params["limit_bytes"]))
    if found["job_status"] == "failed" and not found.get("error"):
        found["error"] = last_line(found["stderr"]) or "it ended with rc %s" % found.get("rc")
    module.exit_json(changed=False, **found)


def watch(job, params, until, limit):
    started = time.time()
    while True:
        over = params["overdue"] or (limit is not None and time.time() >= limit)
        found = job.look(params["age"] + time.time() - started, over)
        if found["job_status"] != "running" or time.time() >= until:
            return found
        time.sleep(LOOK_SECONDS)


class Job(object):
    def __init__(self, job_id, ansible_job_id):
        notes = os.path.expanduser("~/.ansible_async")
        self.mark = b"CHIFFON_ASYNC_TASK=" + job_id.encode("ascii")
        self.folder = os.path.join(notes, "chiffon-" + job_id)
        self.note = os.path.join(notes, ansible_job_id) if ansible_job_id else None

    def look(self, age, overdue):
        ended = self.ended()
        if ended is not None:
            return ended
        if self.lives():
            if not overdue:
                return {"job_status": "running"}
            self.end()
            return self.over()
        # Its shell has ended; ansible's own note of that comes a moment later.
        settled = time.time() + SETTLE_SECONDS
        while time.time() < settled and self.note is not None and os.path.exists(self.note):
            time.sleep(0.1)
            ended = self.ended()
            if ended is not None:
                return ended
            if self.lives():
                return {"job_status": "running"}
        if age < YOUNG_SECONDS and not os.path.exists(os.path.join(self.folder, "process")):
            return {"job_status": "running"}
        if overdue and self.note is None:
            return self.over()
        return {"job_status": "failed", "reason": "host_crash_suspected", "rc": None,
                "error": "the job is gone and left no result; the host may have crashed or restarted, or somebody ended it"}

    def over(self):
        return {"job_status": "timeout", "reason": "time_limit", "rc": None, "error": "it ran into its time limit and was ended"}

    def ended(self):
        """What ansible noted of its end, None while it noted none."""
        if self.note is None:
            return None
        try:
            with open(self.note, "rb") as file:
                note = json.loads(file.read().decode("utf-8", "replace"))
            at = os.stat(self.note).st_mtime
        except (OSError, IOError, ValueError):
            return None
        if not isinstance(note, dict) or "started" in note:
            return None
        if to_text(note.get("msg") or "").startswith("Timeout exceeded"):
            return dict(self.over(), ended_at=at)
        code = note.get("rc")
        if isinstance(code, int) and code > 128 and code - 128 in FATAL:
            # A shell says so of a child that was killed.
            code = 128 - code
        if code == 0 and not note.get("failed"):
            return {"job_status": "completed", "rc": 0, "ended_at": at}
        error = None
        if isinstance(code, int) and code < 0:
            error = "it was ended by signal %d" % -code
        elif code is None:
            error = to_text(note.get("msg") or "it could not be run")
        return {"job_status": "failed", "rc": code, "reason": "signal" if isinstance(code, int) and code < 0 else "exit_code", "error": error, "ended_at": at}

    def lives(self):
        return self.shell() is not None or len(self.marked()) > 0

    def shell(self):
        """The number of its shell, if that is the same process as it was and still runs."""
        try:
            with open(os.path.join(self.folder, "process")) as file:
                pid, _line, rest = file.read().partition("\n")
            boot, _line, stat = rest.partition("\n")
            pid = int(pid)
        except (OSError, IOError, ValueError):
            return None
        if not stat:
            try:
                os.kill(pid, 0)
            except OSError as error:
                return pid if error.errno == errno.EPERM else None
            return pid
        now = stat_of(pid)
        if now is None or now[0] in ("Z", "X") or boot != boot_id() or now[19] != stat.rpartition(")")[2].split()[19]:
            return None
        return pid

    def marked(self):
        """All processes that carry its id: its wrapper, its shell and what they started."""
        found = []
        try:
            names = os.listdir("/proc")
        except OSError:
            return found
        for name in names:
            if not name.isdigit() or int(name) == os.getpid():
                continue
            try:
                with open("/proc/%s/environ" % name, "rb") as file:
                    if self.mark not in file.read().split(b"\0"):
                        continue
            except (OSError, IOError):
                continue
            stat = stat_of(int(name))
            if stat is not None and stat[0] not in ("Z", "X"):
                found.append(int(name))
        return found

    def end(self):
        """Its process group and all that carries its id: asked first, then made to."""
        for number, seconds in ((signal.SIGTERM, KILLED_AFTER), (signal.SIGKILL, 1.0)):
            shell = self.shell()
            if shell is not None:
                try:
                    os.killpg(os.getpgid(shell), number)
                except OSError:
                    pass
            for pid in self.marked():
                try:
                    os.kill(pid, number)
                except OSError:
                    pass
            until = time.time() + seconds
            while time.time() < until:
                if not self.lives():
                    return
                time.sleep(0.05)

    def output(self, lines, limit):
        found = {}
        for name in ("stdout", "stderr"):
            path = os.path.join(self.folder, name)
            try:
                size = os.stat(path).st_size
                with open(path, "rb") as file:
                    file.seek(max(0, size - limit))
                    text = file.read(limit).decode("utf-8", "replace")
            except (OSError, IOError):
                size, text = 0, ""
            if lines != "all":
                kept = text.splitlines(True)
                text = "".join(kept[len(kept) - int(lines):] if int(lines) < len(kept) else kept)
            found[name] = text
            found[name + "_bytes"] = size
        return found

    def remove(self, check):
        if self.lives():
            return False
        changed = False
        for path in (self.folder, self.note):
            if path is None or not os.path.lexists(path):
                continue
            changed = True
            if check:
                continue
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path, ignore_errors=True)
            else:
                os.unlink(path)
        return changed


def stat_of(pid):
    try:
        with open("/proc/%d/stat" % pid) as file:
            return file.read().rpartition(")")[2].split()
    except (OSError, IOError):
        return None


def boot_id():
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            return file.read().strip()
    except (OSError, IOError):
        return ""


def last_line(text):
    kept = [line for line in text.splitlines() if line.strip()]
    return kept[-1].strip() if kept else ""


if __name__ == "__main__":
    main()
