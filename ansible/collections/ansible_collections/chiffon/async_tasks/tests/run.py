#!/usr/bin/env python3
"""All tests of the collection with the real ansible-playbook of the PATH, on this machine, in a temporary folder: python3 tests/run.py"""
import concurrent.futures
import glob
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

TESTS = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(TESTS, "..", "..", "..", ".."))
sys.path.insert(0, ROOT)

from ansible_collections.chiffon.async_tasks.plugins.module_utils import states  # noqa: E402

QUOTES = "it's \"quoted\"\nand {{ not }} a template"
INVENTORY = """all:
  vars:
    ansible_python_interpreter: /usr/bin/python3
  children:
    here:
      hosts:
        box: {ansible_connection: local}
    fleet:
      vars: {ansible_connection: local}
      hosts:
%s
    away:
      hosts:
        gone: {ansible_host: 127.0.0.1, ansible_port: 1, ansible_ssh_common_args: '-o ConnectTimeout=2 -o ControlMaster=no'}
""" % "".join("        ship%02d:\n" % number for number in range(20))
JOBS = [
    {"name": "good", "command": "echo first; echo \"it's %s\"; for i in 1 2 3; do echo line $i; done; sleep 2; echo last; echo odd >&2" % 'a \\"quote\\"',
     "metadata": {"note": {"__ansible_unsafe": QUOTES}}},
    {"name": "bad", "command": "echo before; echo why it failed >&2; exit 3"},
    {"name": "long", "command": "echo started; sleep 600"},
    {"name": "long", "command": "echo a second one; sleep 600"},
    {"name": "killed", "command": "sleep 600"},
    {"name": "child killed", "command": "sleep 601; exit $?"},
    {"name": "lost", "command": "sleep 600"},
    {"name": "overdue", "command": "trap '' TERM; while true; do sleep 1; done", "timeout": 2},
]


def left_of(job_id):
    """Processes of a job that was ended and still has some after a while: what was killed takes a moment to go."""
    end = time.time() + 20
    while (found := marked(job_id)) and time.time() < end:
        time.sleep(0.2)
    return found


def marked(job_id):
    """Processes of a job: those that carry its id."""
    found = {}
    for path in glob.glob("/proc/[0-9]*/environ"):
        try:
            with open(path, "rb") as file:
                if b"CHIFFON_ASYNC_TASK=" + job_id.encode() not in file.read().split(b"\0"):
                    continue
            with open(path.replace("environ", "stat")) as file:
                if file.read().rpartition(")")[2].split()[0] in "ZX":
                    continue
            with open(path.replace("environ", "cmdline"), "rb") as file:
                found[int(path.split("/")[2])] = file.read().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
    return found


class House:
    """A temporary folder with an inventory, and the results of the playbooks that ran there."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="async-tasks-")
        self.states = os.path.join(self.folder, "deep", "states")
        self.untracked = []
        with open(os.path.join(self.folder, "inventory.yml"), "w") as file:
            file.write(INVENTORY)

    def play(self, name, *options, **variables):
        environment = dict(os.environ, ANSIBLE_COLLECTIONS_PATH=ROOT, ANSIBLE_FORKS="20", CHIFFON_ASYNC_STATE_DIR=self.states, ANSIBLE_NOCOLOR="1",
                           ANSIBLE_HOST_KEY_CHECKING="0", ANSIBLE_LOCALHOST_WARNING="0")
        done = subprocess.run(["ansible-playbook", "-i", "inventory.yml", *options, "-e", json.dumps(dict(variables, results=self.folder)),
                               os.path.join(TESTS, "playbooks", name + ".yml")], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=240)
        if done.returncode != 0:
            raise AssertionError(done.stdout)
        if name == "start":
            self.untracked.append(self.result("start")["untracked"]["job_id"])
        return done.stdout

    def check(self, round_name, asked):
        self.play("check", round=round_name, asked=asked)
        return self.result(round_name)

    def result(self, name):
        with open(os.path.join(self.folder, name + ".json")) as file:
            return json.load(file)

    def job(self, name):
        return next(state for state in states.list_states(self.states)[0] if state["task_name"] == name)

    def host_folder(self, job_id):
        return os.path.expanduser("~/.ansible_async/chiffon-" + job_id)

    def close(self):
        known = states.list_states(self.states)[0]
        for job_id in self.untracked:
            shutil.rmtree(self.host_folder(job_id), ignore_errors=True)
        for state in known:
            for pid in marked(state["job_id"]):
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    pass
            shutil.rmtree(self.host_folder(state["job_id"]), ignore_errors=True)
            if state["ansible_job_id"]:
                states.remove_quietly(os.path.expanduser("~/.ansible_async/" + state["ansible_job_id"]))
        shutil.rmtree(self.folder)


class PlaybookTests(unittest.TestCase):
    """One start, two looks and a clean-up, which all tests read."""

    @classmethod
    def setUpClass(cls):
        cls.house = house = House()
        cls.addClassCleanup(house.close)
        cls.said = house.play("start", jobs=JOBS)
        cls.after_start = {state["task_name"]: (state, marked(state["job_id"])) for state in states.list_states(house.states)[0]}
        ids = cls.ids = {name: state["job_id"] for name, (state, _processes) in cls.after_start.items()}
        with open(os.path.join(house.host_folder(ids["long"]), "stdout")) as file:
            cls.live = file.read()
        for pid, line in marked(ids["killed"]).items():
            # The shell of the job and what it became, not ansible's wrapper around it.
            if "async_wrapper" not in line and "AnsiballZ" not in line:
                os.kill(pid, signal.SIGKILL)
        for pid, line in marked(ids["child killed"]).items():
            if line.startswith("sleep 601"):
                os.kill(pid, signal.SIGKILL)
        # As when a machine goes down: all of it in one moment, so that nothing of it can note the end of another.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in marked(ids["lost"]):
                os.kill(pid, number)
        long = house.job("long")
        cls.gone = dict(long, job_id="tests_1_00000000", host="gone", connection="ssh", task_name="far away")
        states.write_state(house.states, cls.gone)
        with open(os.path.join(house.states, "tests_1_11111111.json"), "w") as file:
            file.write('{"job_id": "tests_1_111')
        time.sleep(max(0, states.seconds_of(house.job("overdue")["start_time"]) + 3.1 - time.time()))
        asked = [{"name": name, "job_id": ids[name]} for name in ("bad", "long", "killed", "child killed", "lost", "overdue")]
        cls.first = house.check("first", [
            {"name": "good", "job_id": ids["good"], "wait": 60, "lines": 2}, *asked,
            {"name": "far away", "job_id": "tests_1_00000000"}, {"name": "corrupt", "job_id": "tests_1_11111111"},
            {"name": "nowhere", "job_id": "tests_1_22222222"}, {"name": "hostile", "job_id": "../../etc/passwd"},
        ])
        cls.overdue_after = left_of(ids["overdue"])
        cls.states_after = {state["task_name"]: state for state in states.list_states(house.states)[0]}
        # At the same time: another process asks again, and a name that a lost job held is used again.
        with concurrent.futures.ThreadPoolExecutor() as pool:
            second = pool.submit(house.check, "second", [{"name": name, "job_id": ids[name]} for name in ("good", "lost")] + [
                {"name": "whole", "job_id": ids["good"], "lines": "all"}])
            again = pool.submit(house.play, "start", "--limit=here", jobs=[{"name": "lost", "command": "true"}, {"name": "bad", "command": "true"}])
            cls.second = second.result()
            again.result()
        cls.names_again = [state for state in states.list_states(house.states)[0] if state["task_name"] in ("lost", "bad")]
        old = dict(house.job("good"), job_id="tests_2_33333333", finish_time="2020-01-01T00:00:00Z")
        running = dict(house.job("long"), job_id="tests_2_44444444", start_time="2020-01-01T00:00:00Z", task_name="old and running")
        for state in (old, running):
            states.write_state(house.states, state)
        house.play("cleanup", older_than=7)
        cls.cleaned = house.result("cleanup")
        cls.left = {state["job_id"] for state in states.list_states(house.states)[0]}

    def test_start_returns_while_the_job_goes_on(self):
        state, processes = self.after_start["long"]
        self.assertEqual(state["status"], "running")
        self.assertTrue(processes)
        self.assertEqual(self.live, "started\n")

    def test_a_job_id_says_where_and_when(self):
        for state, _processes in self.after_start.values():
            self.assertRegex(state["job_id"], r"^(tests|start)_\d{10}_[0-9a-f]{8}$")
            self.assertTrue(state["ansible_job_id"])

    def test_a_state_has_every_field_and_is_private(self):
        state = self.states_after["good"]
        self.assertLessEqual(set(states.FIELDS), set(state))
        self.assertEqual(state["metadata"], {"note": QUOTES})
        self.assertEqual(state["command"], JOBS[0]["command"])
        self.assertEqual(os.stat(self.house.states).st_mode & 0o777, 0o700)
        self.assertEqual(os.stat(states.state_file(self.house.states, state["job_id"])).st_mode & 0o777, 0o600)
        self.assertEqual([name for name in os.listdir(self.house.states) if name.startswith(".new-")], [])

    def test_a_name_is_taken_once(self):
        self.assertEqual(len([name for name in self.after_start if name == "long"]), 1)
        self.assertEqual([state["command"] for state in states.list_states(self.house.states)[0] if state["task_name"] == "long"], ["echo started; sleep 600"])
        self.assertIn("runs already; no second one was started", self.said)

    def test_a_result_is_waited_for(self):
        answer = self.first["good"]
        self.assertEqual((answer["status"], answer["finished"], answer["result"]["rc"], answer["error"]), ("completed", True, 0, None))
        self.assertEqual((answer["stdout"], answer["stderr"]), ("line 3\nlast\n", "odd\n"))

    def test_a_failed_job_fails_no_role(self):
        answer = self.first["bad"]
        self.assertEqual((answer["status"], answer["result"]["rc"], answer["reason"], answer["error"]), ("failed", 3, "exit_code", "why it failed"))

    def test_a_running_job_is_told_with_what_it_wrote(self):
        answer = self.first["long"]
        self.assertEqual((answer["status"], answer["finished"], answer["stdout"]), ("running", False, "started\n"))

    def test_a_killed_job_has_its_signal(self):
        for name in ("killed", "child killed"):
            answer = self.first[name]
            self.assertEqual((answer["status"], answer["result"]["rc"], answer["reason"]), ("failed", -9, "signal"), name)

    def test_a_lost_job_is_failed(self):
        answer = self.first["lost"]
        self.assertEqual((answer["status"], answer["finished"], answer["reason"]), ("failed", True, "host_crash_suspected"))

    def test_a_job_over_its_limit_is_ended(self):
        answer = self.first["overdue"]
        self.assertEqual((answer["status"], answer["finished"], answer["reason"]), ("timeout", True, "time_limit"))
        self.assertEqual(self.overdue_after, {})

    def test_a_host_that_does_not_answer_keeps_the_last_status(self):
        answer = self.first["far away"]
        self.assertEqual((answer["status"], answer["finished"], answer["reachable"], answer["reason"]), ("running", False, False, "host_unreachable"))
        self.assertEqual(self.states_after["far away"]["status"], "running")

    def test_a_corrupt_state_is_said_clearly(self):
        self.assertIn("tests_1_11111111.json is corrupt", self.first["corrupt"]["failed"])

    def test_a_job_that_is_not_there_is_unknown(self):
        answer = self.first["nowhere"]
        self.assertEqual((answer["status"], answer["finished"], answer["reason"]), ("unknown", True, "no_such_job"))

    def test_a_hostile_job_id_is_refused(self):
        self.assertIn("is no job id", self.first["hostile"]["failed"])

    def test_asking_again_gives_the_same(self):
        for name in ("good", "lost"):
            for key in ("job_id", "status", "result", "error", "reason", "start_time", "finish_time"):
                self.assertEqual(self.second[name][key], self.first[name][key], (name, key))
        self.assertEqual(self.second["whole"]["stdout"], "first\nit's a \"quote\"\nline 1\nline 2\nline 3\nlast\n")

    def test_a_finished_or_lost_job_frees_its_name(self):
        for name in ("lost", "bad"):
            self.assertEqual(len({state["job_id"] for state in self.names_again if state["task_name"] == name}), 2)

    def test_a_start_that_fails_leaves_no_state(self):
        self.assertIn("command is empty", self.house.result("start")["refused"])
        self.assertFalse([state for state in states.list_states(self.house.states)[0] if state["task_name"] == "nothing"])

    def test_a_state_that_cannot_be_kept_warns_and_leaves_a_job(self):
        self.assertIn("it runs untracked", self.said)
        said = self.house.result("start")["untracked"]
        self.assertEqual((said["started"], said["state_file"]), (True, ""))
        self.assertTrue(said["ansible_job_id"])

    def test_cleanup_takes_what_ended_long_ago_only(self):
        self.assertEqual(self.cleaned["removed"], ["tests_2_33333333"])
        self.assertNotIn("tests_2_33333333", self.left)
        self.assertLessEqual({"tests_2_44444444", self.ids["long"], self.ids["good"]}, self.left)
        self.assertTrue(marked(self.ids["long"]))

    def test_twenty_at_once_are_twenty_jobs(self):
        fleet = [state for state in states.list_states(self.house.states)[0] if state["host"].startswith("ship")]
        self.assertEqual(sorted(state["host"] for state in fleet), ["ship%02d" % number for number in range(20)])
        self.assertEqual(len({state["job_id"] for state in fleet}), 20)
        self.assertEqual(len({state["ansible_job_id"] for state in fleet}), 20)


class StateTests(unittest.TestCase):
    """Without ansible."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="async-states-")
        self.addCleanup(shutil.rmtree, self.folder)

    def state(self, **changes):
        own = {"job_id": "a_1_00000000", "status": "running", "start_time": states.stamp(time.time()), "timeout": 10}
        return dict({name: None for name in states.FIELDS}, **dict(own, **changes))

    def test_readers_never_see_half_a_state(self):
        stop, seen = threading.Event(), []

        def read():
            while not stop.is_set():
                found = states.read_state(self.folder, "a_1_00000000")
                if found is not None:
                    seen.append(len(found["result"]))

        reader = threading.Thread(target=read)
        reader.start()
        for number in range(50):
            states.write_state(self.folder, self.state(result="x" * (number % 2) * 200000))
        stop.set()
        reader.join()
        self.assertLessEqual(set(seen), {0, 200000})
        self.assertTrue(seen)

    def test_what_is_no_state_is_an_error(self):
        for text in ("", "null", "[]", "{}", json.dumps(self.state(status="running", metadata=1))[:-5], json.dumps(dict(self.state(), status="odd")),
                     json.dumps(dict(self.state(), start_time="soon"))):
            with open(os.path.join(self.folder, "a_1_00000000.json"), "w") as file:
                file.write(text)
            with self.assertRaises(states.StateError, msg=text):
                states.read_state(self.folder, "a_1_00000000")
        self.assertEqual(len(states.list_states(self.folder)[1]), 1)

    def test_job_ids_are_letters_digits_and_two_signs(self):
        for wrong in ("", "a/b", "..", "a b", "a\n", "ä", None, "x" * 121):
            with self.assertRaises(states.StateError, msg=repr(wrong)):
                states.check_job_id(wrong)
        self.assertRegex(states.new_job_id("näme with / and ..", 5), r"^[A-Za-z0-9_-]+_5_[0-9a-f]{8}$")
        self.assertEqual(len({states.new_job_id("same", 5) for _number in range(1000)}), 1000)


if __name__ == "__main__":
    unittest.main(verbosity=2)
