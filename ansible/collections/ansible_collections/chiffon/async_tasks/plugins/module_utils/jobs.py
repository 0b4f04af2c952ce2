"""How a job stands on this machine, and what it wrote. Standard library only: it is sent to hosts with the module, and runs without ansible too."""
from __future__ import absolute_import, division, print_function

__metaclass__ = type

import errno
import json
import os
import re
import shutil
import signal
import time

YOUNG_SECONDS = 20
SETTLE_SECONDS = 3.0
LOOK_SECONDS = 0.2
FATAL = frozenset((1, 2, 3, 4, 6, 7, 8, 9, 11, 13, 14, 15, 24, 25, 31))
KILLED_AFTER = 2.0
QUIET_LOOKS = 6
ANSIBLE_JOB_ID = re.compile(r"^[A-Za-z0-9_.-]{0,120}\Z")
JOB_ID = re.compile(r"^[A-Za-z0-9_-]{1,120}\Z")
LINES = re.compile(r"^(?:\d{1,7}|all)\Z")


def ask(job_id, ansible_job_id="", age=3600.0, left=None, overdue=False, wait=0.0, lines="20", limit_bytes=1 << 20):
    """How it stands, after waiting for its end if that is wanted. What is over its limit is ended."""
    job = Job(job_id, ansible_job_id)
    now = time.time()
    found = watch(job, age, overdue, now + (wait if left is None else min(wait, left + 0.5)), None if left is None else now + left)
    found.update(job.output(lines, limit_bytes))
    if found["job_status"] == "failed" and not found.get("error"):
        found["error"] = last_line(found["stderr"]) or "it ended with rc %s" % found.get("rc")
    return found


def wrong_argument(job_id, ansible_job_id, lines):
    """What is wrong with them, in words; None: nothing."""
    if not JOB_ID.match(job_id):
        return "%r is no job id: only letters, digits, _ and - can be in one" % job_id
    if not ANSIBLE_JOB_ID.match(ansible_job_id) or ansible_job_id in (".", ".."):
        return "%r is no id of ansible" % ansible_job_id
    if not LINES.match(lines):
        return "lines is %r: give a number or all" % lines
    return None


def watch(job, age, overdue, until, limit):
    started = time.time()
    while True:
        found = job.look(age + time.time() - started, overdue or (limit is not None and time.time() >= limit))
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
            # Ansible's own end at the limit leaves what is in a group of its own.
            if ended.get("reason") == "time_limit" and self.lives():
                self.end()
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
        if str(note.get("msg") or "").startswith("Timeout exceeded"):
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
            error = str(note.get("msg") or "it could not be run")
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
        """Its process group and all that carries its id: asked first, then made to. What forks meanwhile is told too; gone is what stays gone."""
        for number, seconds in ((signal.SIGTERM, KILLED_AFTER), (signal.SIGKILL, 2.0)):
            shell = self.shell()
            if shell is not None:
                try:
                    os.killpg(os.getpgid(shell), number)
                except OSError:
                    pass
            told = set()
            quiet = 0
            until = time.time() + seconds
            while time.time() < until:
                for pid in set(self.marked()) - told:
                    told.add(pid)
                    try:
                        os.kill(pid, number)
                    except OSError:
                        pass
                # One look at the list of processes may miss one that is just being forked.
                quiet = 0 if self.lives() else quiet + 1
                if quiet == QUIET_LOOKS:
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
