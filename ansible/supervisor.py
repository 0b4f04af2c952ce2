"""Owns one ansible-playbook: python3 -I -S supervisor.py [RUN_FOLDER], in a session of its own, standard library only.

It outlives the agent. Its standard input names the run folder (so that one can wait, already started, for the next run) and then says
"go" (so that nothing is spawned before the orchestrator knows). It reads RUN_FOLDER/command.json, keeps the time limit, takes "stop" from
the file `stop` or SIGTERM, and writes exit.json by rename at the end.
Standard output and error are kept bounded, with the secrets masked that the callback plugin names.
"""
import json
import os
import re
import select
import shutil
import signal
import sys
import time

HEAD_LIMIT = 10 << 20
TAIL_LIMIT = 5 << 20
PARTIAL_LIMIT = 1 << 20
MASK = b"********"
# SIGINT lets ansible print its recap and clean up; all together stay well below five seconds.
LADDER = ((0.0, signal.SIGINT), (1.5, signal.SIGTERM), (2.5, signal.SIGKILL))
POLL_SECONDS = 0.5
# Of a container's engine, when the engine itself failed: it may have lost sight of a container that goes on.
ENGINE_FAILED = 125


def main(folder, warm=None):
    """`warm`: ansible as imported by the process that this one was forked from (warm/warm_ansible.py); None in a fresh process."""
    os.umask(0o077)
    boot_id, start_time = read("/proc/sys/kernel/random/boot_id").strip(), process_start_time(os.getpid())
    # Python code runs only between two system calls; the pipe wakes select() at once.
    wake_read, wake_write = os.pipe()
    for end in (wake_read, wake_write):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(wake_write)
    stop = {"reason": None}

    def asked(_number, _frame):
        stop["reason"] = stop["reason"] or read("stop").strip() or "cancelled"

    signal.signal(signal.SIGTERM, asked)
    signal.signal(signal.SIGINT, asked)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)

    folder, go = wait_for_go(folder, stop)
    if folder is None:
        return
    started_at = time.time()
    os.chdir(folder)
    if not go:
        write_json("exit.json", never_started(None, started_at))
        return
    command = json.loads(read("command.json"))
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)

    out, err = os.pipe(), os.pipe()
    begun = time.monotonic()
    try:
        secrets = open_secrets(command)
        child, why_cold = fork_ansible(warm, command, null, out[1], err[1], secrets[1])
        if child is None:
            child = spawn_ansible(command, null, out[1], err[1], secrets[1])
    except OSError as error:
        os.chdir(folder)
        with open("stderr.log", "ab") as file:
            file.write(("%s: %s\n" % (command["argv"][0], error)).encode("utf-8", "replace"))
        clean_up(command, folder)
        write_json("exit.json", never_started(127, started_at))
        return
    os.chdir(folder)
    for end in (out[1], err[1], secrets[1]):
        if end is not None:
            os.close(end)
    write_json("supervisor.json", {"pid": os.getpid(), "processStartTime": start_time, "bootId": boot_id, "childPid": child})

    masks = Masks(secrets[0])
    logs = {out[0]: Log("stdout", masks), err[0]: Log("stderr", masks)}
    open_pipes = set(logs)
    deadline = begun + command["timeLimitSeconds"]
    ended_by, step, stopped_at, status, usage, next_look = None, 0, 0.0, None, None, 0.0
    while True:
        now = time.monotonic()
        if status is None:
            pid, got, used = os.wait4(child, os.WNOHANG)
            if pid:
                status, usage = got, used
                wall = now - begun
        if ended_by is None:
            if now >= next_look:
                next_look = now + POLL_SECONDS
                if os.path.exists("stop"):
                    asked(None, None)
            if stop["reason"] is not None:
                ended_by, stopped_at = stop["reason"], now
            elif now >= deadline and status is None:
                ended_by, stopped_at = "timeout", now
        if ended_by is not None and status is None:
            while step < len(LADDER) and now - stopped_at >= LADDER[step][0]:
                signal_group(child, LADDER[step][1])
                step += 1
        if status is not None:
            # What is still in the pipes is ours; a daemon that holds them open must not keep us.
            drain(open_pipes, logs)
            break
        waits = [POLL_SECONDS, max(0.0, deadline - now) if ended_by is None else POLL_SECONDS]
        if ended_by is not None and step < len(LADDER):
            waits.append(max(0.0, stopped_at + LADDER[step][0] - now))
        ready, _, _ = select.select([wake_read, secrets[0]] * masks.open + [wake_read] * (not masks.open) + list(open_pipes), [], [], min(waits))
        for fd in ready:
            if fd == wake_read:
                os.read(wake_read, 512)
            elif fd == secrets[0]:
                masks.read()
            else:
                data = os.read(fd, 65536)
                if data:
                    logs[fd].add(data)
                else:
                    open_pipes.discard(fd)
    lost = bool(command.get("endCommand")) and os.WIFEXITED(status) and os.WEXITSTATUS(status) == ENGINE_FAILED
    if ended_by is not None or os.WIFSIGNALED(status) or lost:
        # Workers of newer ansible and async_wrapper leave the group; the environment tells whose they are.
        signal_group(child, signal.SIGKILL)
        end_elsewhere(command)
        end_marked(command["runId"])
        drain(open_pipes, logs)
    for log in logs.values():
        log.close()
    clean_up(command, folder)
    code = os.waitstatus_to_exitcode(status)
    write_json("exit.json", {
        "exitCode": code if code >= 0 else None, "signal": signal.Signals(-code).name if code < 0 else None, "endedBy": ended_by or "exit",
        "at": stamp(time.time()), "startedAt": stamp(started_at), "cpuSeconds": round(usage.ru_utime + usage.ru_stime, 3),
        "peakMemoryBytes": usage.ru_maxrss * 1024, "wallMs": int(wall * 1000), "warm": warm is not None and why_cold is None, "whyCold": why_cold})


def never_started(code, started_at):
    return {"exitCode": code, "signal": None, "endedBy": "not-started", "at": stamp(time.time()), "startedAt": stamp(started_at),
            "cpuSeconds": 0, "peakMemoryBytes": 0, "wallMs": 0}


def open_secrets(command):
    """Where the callback plugin names what to mask: what is read, and what the child gets. A back end that hands on no descriptor has a pipe with a name."""
    name = command.get("secretsPipe")
    if name is None:
        return os.pipe()
    os.mkfifo(name, 0o600)
    # Also for writing: so it never ends while nobody has opened it.
    return os.open(name, os.O_RDWR | os.O_NONBLOCK), None


def fork_ansible(warm, command, null, out, err, secrets):
    """A fork with ansible imported, or None and why a fresh process has to do it."""
    if warm is None:
        return None, None
    try:
        return warm.start(command, null, out, err, secrets)
    except OSError as error:
        return None, str(error)


def spawn_ansible(command, null, out, err, secrets):
    """The one place where a fresh process of ansible begins: in a group of its own, its environment marked with the run."""
    environment = dict(command["env"], CHIFFON_RUN_ID=command["runId"])
    actions = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, out, 1), (os.POSIX_SPAWN_DUP2, err, 2)]
    if secrets is None:
        environment["CHIFFON_SECRETS_PIPE"] = command["secretsPipe"]
    else:
        actions.append((os.POSIX_SPAWN_DUP2, secrets, 60))
        environment["CHIFFON_SECRETS_FD"] = "60"
    os.chdir(command["cwd"])
    return os.posix_spawn(command["argv"][0], command["argv"], environment, file_actions=actions, setpgroup=0,
                          setsigdef=[signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD, signal.SIGPIPE], setsigmask=[])


def wait_for_go(folder, stop):
    """The run folder, and whether the word was given before the agent died or asked to stop."""
    text = b""
    while True:
        ready, _, _ = select.select([0], [], [], POLL_SECONDS)
        if ready:
            data = os.read(0, 4096)
            text += data
            *lines, text = text.split(b"\n")
            for line in lines:
                if line.startswith(b"folder "):
                    folder = os.path.abspath(line[7:].decode("utf-8", "surrogateescape"))
                elif line == b"go" and folder is not None:
                    return folder, stop["reason"] is None
            if not data:
                return folder, False
        if stop["reason"] is not None:
            return folder, False


class Masks:
    """Secret values as the callback plugin sends them: JSON lists of text, one a line."""

    def __init__(self, fd):
        os.set_blocking(fd, False)
        self._fd, self._rest, self._forms = fd, b"", set()
        self.pattern, self.longest, self.open = None, 0, True

    def read(self):
        while self.open:
            try:
                data = os.read(self._fd, 65536)
            except BlockingIOError:
                return
            if not data:
                self.open = False
                return
            *lines, self._rest = (self._rest + data).split(b"\n")
            for line in lines:
                try:
                    self._forms.update(form.encode("utf-8", "surrogateescape") for form in json.loads(line))
                except (ValueError, UnicodeError):
                    continue
            if lines and self._forms:
                ordered = sorted(self._forms, key=len, reverse=True)
                self.longest = len(ordered[0])
                self.pattern = re.compile(b"|".join(map(re.escape, ordered)))

    def apply(self, data):
        return data if self.pattern is None else self.pattern.sub(MASK, data)


class Log:
    """The first 10 MB as they come, then the last 5 to 10 MB in two files that take turns."""

    def __init__(self, name, masks):
        self._name, self._masks, self._partial, self._size = name, masks, b"", 0
        self._file = os.open(name + ".log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._limit = HEAD_LIMIT

    def add(self, data):
        self._masks.read()
        data = self._partial + data
        cut = data.rfind(b"\n") + 1
        if cut == 0 and len(data) > PARTIAL_LIMIT:
            # One endless line: all of it but what could be the beginning of a secret.
            masked = self._masks.apply(data)
            cut = len(masked) - self._masks.longest
            self._write(masked[:cut])
            self._partial = masked[cut:]
            return
        # A secret of several lines must not be cut in two.
        self._partial = data[cut:]
        self._write(self._masks.apply(data[:cut]))

    def close(self):
        self._write(self._masks.apply(self._partial))
        os.close(self._file)

    def _write(self, data):
        while data:
            room = self._limit - self._size
            if room <= 0:
                os.close(self._file)
                tail = self._name + ".tail.log"
                if os.path.exists(tail):
                    os.replace(tail, self._name + ".tail.old.log")
                self._file = os.open(tail, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                self._size, self._limit = 0, TAIL_LIMIT
                continue
            try:
                written = os.write(self._file, data[:room])
            except OSError:
                return  # disk full: the run goes on, the log does not
            self._size += written
            data = data[written:]


def drain(pipes, logs):
    for fd in list(pipes):
        os.set_blocking(fd, False)
        try:
            while True:
                data = os.read(fd, 65536)
                if not data:
                    break
                logs[fd].add(data)
        except BlockingIOError:
            pass
        except OSError:
            pass


def signal_group(group, number):
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        pass


def end_marked(run_id):
    """Kills every process whose environment carries this run, except declared async tasks, until none is found."""
    mark = b"CHIFFON_RUN_ID=" + run_id.encode()
    for _ in range(10):
        found = False
        for name in os.listdir("/proc"):
            if not name.isdigit() or int(name) == os.getpid():
                continue
            try:
                with open("/proc/%s/environ" % name, "rb") as file:
                    entries = file.read().split(b"\0")
                if mark not in entries or any(entry.startswith(b"CHIFFON_ASYNC_TASK=") for entry in entries):
                    continue
                with open("/proc/%s/stat" % name, "rb") as file:
                    if file.read().rpartition(b")")[2].split()[0] in (b"Z", b"X"):
                        continue
                os.kill(int(name), signal.SIGKILL)
                found = True
            except OSError:
                continue
        if not found:
            return
        time.sleep(0.03)


def end_elsewhere(command):
    """What no signal of ours reaches, as a container's engine runs it: its own command ends it."""
    words = command.get("endCommand")
    if words:
        run_briefly(words, 10, command["env"])


def clean_up(command, folder):
    for path in command.get("removeFiles", ()):
        try:
            os.unlink(path)
        except OSError:
            pass
    sockets = command.get("controlPathDir")
    if sockets and os.path.isdir(sockets):
        for name in os.listdir(sockets):
            close_connection(os.path.join(sockets, name))
    for path in command.get("removeFolders", ()):
        if os.path.isdir(path):
            shutil.rmtree(path, ignore_errors=True)


def close_connection(path):
    """ssh -O exit on a ControlPath of this run; a hung one is left to its own ControlPersist."""
    run_briefly(["ssh", "-o", "ControlPath=" + path.replace("%", "%%"), "-O", "exit", "chiffon"], 1, dict(os.environ))


def run_briefly(words, seconds, environment):
    try:
        null = os.open(os.devnull, os.O_RDWR)
        actions = [(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1, 2)]
        pid = os.posix_spawnp(words[0], words, environment, file_actions=actions)
        os.close(null)
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            if os.waitpid(pid, os.WNOHANG)[0]:
                return
            time.sleep(0.005)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    except OSError:
        pass


def process_start_time(pid):
    return read("/proc/%d/stat" % pid).rpartition(")")[2].split()[19]


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def write_json(name, value):
    """By rename, so that nobody reads half of it. For the result a full disk is waited for; nothing else may hold up the watch."""
    for _ in range(120 if name == "exit.json" else 1):
        try:
            with open(name + ".new", "w", encoding="utf-8") as file:
                file.write(json.dumps(value))
            os.replace(name + ".new", name)
            return
        except OSError:
            time.sleep(POLL_SECONDS)


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + ".%03dZ" % (int(seconds * 1000) % 1000)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]) if len(sys.argv) > 1 else None)
