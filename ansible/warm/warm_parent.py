"""A process with ansible imported that forks supervisors: python3 warm_parent.py PROGRAM FOLDER, its standard input held by its agent.

It ends with the agent (end of input). Each connection to FOLDER/warm.sock becomes one supervisor, which takes its orders over that
connection as a fresh one does over its standard input, and which forks ansible in place of spawning it. A supervisor that was forked
belongs to nobody: this process may end at any moment.
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

PROGRAM, FOLDER = sys.argv[1], sys.argv[2]
# As in a fresh start: the folder of the program, and nothing of Chiffon's.
OWN_FOLDER = os.path.dirname(os.path.realpath(__file__))
sys.path[0] = OWN_FOLDER
sys.path.insert(1, os.path.dirname(OWN_FOLDER))
import supervisor  # noqa: E402
import warm_ansible  # noqa: E402

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
"""
CHECK_EVENTS = ["playbook_start", "play_start", "task_start", "result", "task_start", "result", "stats"]


def main():
    os.umask(0o077)
    tell = os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 1)
    sys.argv = [PROGRAM]
    warm = warm_ansible.WarmAnsible(PROGRAM)
    wake_read, wake_write = os.pipe()
    for end in (wake_read, wake_write):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(wake_write)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warm.settle()
    why = self_check(warm)
    if why is not None:
        say(tell, {"kind": "unfit", "why": why})
        return
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    path = os.path.join(FOLDER, "warm.sock")
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
    listening.bind(path)
    listening.listen(16)
    say(tell, {"kind": "ready", "memoryBytes": resident_bytes(), "version": sys.modules["ansible.release"].__version__})
    while True:
        ready, _, _ = select.select([0, wake_read, listening], [], [])
        if wake_read in ready:
            os.read(wake_read, 512)
            reap()
        if 0 in ready and not os.read(0, 4096):
            os.unlink(path)
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
    """One connection, one supervisor. Only this account may ask."""
    _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    if uid == os.getuid():
        fork_supervisor(warm, connection)
    connection.close()


def fork_supervisor(warm, connection):
    child = os.fork()
    if child != 0:
        return child
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        os.dup2(connection.fileno(), 0)
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 1)
        os.dup2(null, 2)
        warm_ansible.close_others(warm.descriptors | {0, 1, 2})
        with open("/proc/self/comm", "wb") as file:
            file.write(b"supervisor")
        os.write(0, json.dumps({"pid": os.getpid(), "processStartTime": supervisor.process_start_time(os.getpid())}).encode() + b"\n")
        supervisor.main(None, warm)
    finally:
        os._exit(0)


def self_check(warm):
    """A run through the fork, as the agent would start it. None, or what was wrong."""
    if threading.active_count() != 1:
        return "there are threads"
    folder = tempfile.mkdtemp(prefix="check-", dir=FOLDER)
    try:
        with open(os.path.join(folder, "site.yml"), "w") as file:
            file.write(CHECK_PLAYBOOK)
        events = os.path.join(folder, "events.jsonl")
        environment = {name: value for name, value in os.environ.items()}
        environment.update({
            "ANSIBLE_CALLBACK_PLUGINS": os.path.join(os.path.dirname(OWN_FOLDER), "callback_plugins"), "ANSIBLE_CALLBACKS_ENABLED": "chiffon_events",
            "ANSIBLE_LOCAL_TEMP": os.path.join(folder, "tmp"), "CHIFFON_EVENTS_FILE": events})
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
        fork_supervisor(warm, theirs)
        theirs.close()
        ours.sendall(b"folder %s\ngo\n" % os.fsencode(folder))
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
