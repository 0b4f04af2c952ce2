"""A process with PROGRAM imported that forks it: python3 warm_parent.py PROGRAM FOLDER SOCKET, its standard input held by its agent.

It ends with the agent (end of input). A connection to SOCKET that says "supervisor" becomes one, which takes its orders over that
connection as a fresh one does over its standard input, and which forks ansible in place of spawning it. One that says "program" becomes
one start of a program (warm_program.py). What was forked belongs to nobody: this process may end at any moment.
"""
import json
import os
import shutil
import signal
import socket
import struct
import sys
import tempfile
import threading
import time

import select

PROGRAM, FOLDER, SOCKET = sys.argv[1:4]
# As in a fresh start: the folder of the program, and nothing of Chiffon's.
OWN_FOLDER = os.path.dirname(os.path.realpath(__file__))
sys.path[0] = OWN_FOLDER
sys.path.insert(1, os.path.dirname(OWN_FOLDER))
import process_state  # noqa: E402
import supervisor  # noqa: E402
import warm_ansible  # noqa: E402
import warm_lint  # noqa: E402
import warm_program  # noqa: E402

del sys.path[1]
sys.path[0] = os.path.dirname(os.path.realpath(PROGRAM))

CHECK_SECONDS = 30.0
CHECK_PLAYBOOK = """- hosts: localhost
  gather_facts: false
  connection: local
  tasks:
    - name: Warm
      ansible.builtin.raw: "true"
    - name: Rendered
      ansible.builtin.debug:
        msg: "{{ 'warm' | upper }}"
    - name: Module
      ansible.builtin.stat:
        path: /
      vars:
        ansible_python_interpreter: "{{ ansible_playbook_python }}"
"""
CHECK_EVENTS = ["playbook_start", "play_start"] + 3 * ["task_start", "result"] + ["stats"]


def main():
    tell = os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    sys.argv = [PROGRAM]
    lints = warm_ansible.entry_point(PROGRAM)[0].startswith("ansiblelint")
    warm = warm_lint.WarmLint(PROGRAM) if lints else warm_ansible.WarmAnsible(PROGRAM)
    wake_read, wake_write = os.pipe()
    for end in (wake_read, wake_write):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(wake_write)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warm.settle()
    why = threads() or (lint_check(warm) if lints else self_check(warm))
    if why is not None and warm.forks_modules:
        warm.forks_modules = False
        why = threads() or self_check(warm)
    if why is not None:
        say(tell, {"kind": "unfit", "why": why})
        return
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listening.bind(SOCKET)
    listening.listen(16)
    say(tell, {"kind": "ready", "memoryBytes": resident_bytes(), "version": sys.modules["ansible.release"].__version__})
    while True:
        ready, _, _ = select.select([0, wake_read, listening], [], [])
        if wake_read in ready:
            os.read(wake_read, 512)
            reap()
        if 0 in ready and not os.read(0, 4096):
            if os.path.exists(SOCKET):
                os.unlink(SOCKET)
            shutil.rmtree(FOLDER, ignore_errors=True)
            return
        if listening in ready:
            connection, _ = listening.accept()
            serve(warm, connection)


def say(end, what):
    os.write(end, json.dumps(what).encode() + b"\n")


def reap():
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def serve(warm, connection):
    """One connection, one fork. Only this account may ask."""
    _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    if uid == os.getuid():
        fork_for(warm, connection)
    connection.close()


def fork_for(warm, connection):
    child = os.fork()
    if child != 0:
        return
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(connection.fileno(), 0)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 1)
        os.dup2(null, 2)
        process_state.close_others(warm.descriptors | {0, 1, 2})
        if warm_program.first_line() == b"program":
            name(b"warm program")
            warm_program.serve(warm)
        else:
            name(b"supervisor")
            os.write(0, json.dumps({"pid": os.getpid(), "processStartTime": supervisor.process_start_time(os.getpid())}).encode() + b"\n")
            supervisor.main(None, warm)
    finally:
        os._exit(0)


def name(text):
    with open("/proc/self/comm", "wb") as file:
        file.write(text)


def threads():
    return None if threading.active_count() == 1 and len(os.listdir("/proc/self/task")) == 1 else "there are threads"


def lint_check(warm):
    """A file with one known mistake, and what is said of it."""
    folder = tempfile.mkdtemp(prefix="check-", dir=FOLDER)
    try:
        with open(os.path.join(folder, "vars.yml"), "w") as file:
            file.write("---\nvalue: [1,2]\n")
        with open(os.path.join(folder, ".ansible-lint"), "w") as file:
            file.write("{}\n")
        environment = dict(os.environ, XDG_CACHE_HOME=folder)
        words = ["--offline", "-q", "--nocolor", "-f", "json", "--project-dir", folder, "-c", os.path.join(folder, ".ansible-lint"), "--", "vars.yml"]
        ours, theirs = socket.socketpair()
        fork_for(warm, theirs)
        theirs.close()
        said = warm_program.ask(ours, {"argv": [PROGRAM] + words, "cwd": folder, "env": environment, "checksItself": True}, CHECK_SECONDS)
        if isinstance(said, str):
            return said
        rules = [one["check_name"] for one in json.loads(said[1])] if said[1].startswith(b"[") else said
        return None if said[0] == 2 and rules == ["yaml[commas]"] else "the check came to %r" % (rules,)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def self_check(warm):
    """A run through the fork, as the agent would start it. None, or what was wrong."""
    folder = tempfile.mkdtemp(prefix="check-", dir=FOLDER)
    try:
        with open(os.path.join(folder, "site.yml"), "w") as file:
            file.write(CHECK_PLAYBOOK)
        events = os.path.join(folder, "events.jsonl")
        environment = {name: value for name, value in os.environ.items()}
        environment.update({
            "ANSIBLE_CALLBACK_PLUGINS": os.path.join(os.path.dirname(OWN_FOLDER), "callback_plugins"), "ANSIBLE_CALLBACKS_ENABLED": "chiffon_events",
            "ANSIBLE_LOCAL_TEMP": os.path.join(folder, "tmp"), "ANSIBLE_REMOTE_TEMP": os.path.join(folder, "remote"), "CHIFFON_EVENTS_FILE": events})
        # Nothing of the user's runs here, not even his callback plugins.
        with open(os.path.join(folder, "ansible.cfg"), "w") as file:
            file.write("[defaults]\n")
        environment["ANSIBLE_CONFIG"] = os.path.join(folder, "ansible.cfg")
        command = {"runId": "self-check", "argv": [PROGRAM, "-i", "localhost,", os.path.join(folder, "site.yml")], "cwd": folder, "env": environment,
                   "timeLimitSeconds": CHECK_SECONDS, "controlPathDir": "", "removeFiles": [], "removeFolders": [], "secretsPipe": None,
                   "endCommand": None, "checksItself": True}
        with open(os.path.join(folder, "command.json"), "w") as file:
            json.dump(command, file)
        ours, theirs = socket.socketpair()
        fork_for(warm, theirs)
        theirs.close()
        ours.sendall(b"supervisor\nfolder %s\ngo\n" % os.fsencode(folder))
        limit = time.monotonic() + CHECK_SECONDS
        exit_file = os.path.join(folder, "exit.json")
        while not os.path.exists(exit_file):
            if time.monotonic() > limit:
                return "the run that checks it did not end"
            time.sleep(0.01)
        ours.close()
        with open(exit_file) as file:
            end = json.load(file)
        if end["whyCold"] is not None:
            return end["whyCold"]
        kinds = []
        if os.path.exists(events):
            with open(events) as file:
                kinds = [json.loads(line)["kind"] for line in file]
        if end["exitCode"] != 0 or kinds != CHECK_EVENTS:
            with open(os.path.join(folder, "stderr.log"), errors="replace") as file:
                return "the run that checks it ended with %s, events %s: %s" % (end["exitCode"], kinds, file.read()[-500:])
        return None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def resident_bytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
