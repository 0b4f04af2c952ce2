"""callback_cost.py PLUGIN_FOLDER WORK_FOLDER ROUNDS COUNT: CPU microseconds an event of chiffon_events, and of a plugin that does nothing.

Real hosts, tasks and results of ansible go through the methods that ansible calls. Rounds of both take turns. One JSON object on stdout.
"""
import json
import os
import sys
import time

plugins, work, rounds, count = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
os.chdir(work)
os.environ["CHIFFON_EVENTS_FILE"] = os.path.join(work, "events.jsonl")
sys.path.insert(0, plugins)

from ansible.executor.task_result import TaskResult
from ansible.inventory.host import Host
from ansible.playbook.task import Task
from ansible.plugins.callback import CallbackBase
import chiffon_events


class Nothing(CallbackBase):
    """Has the methods that ours has, so that the same calls are made."""

    def nothing(self, *_args, **_more):
        pass

    v2_playbook_on_task_start = v2_runner_on_start = v2_runner_on_ok = v2_runner_on_failed = v2_runner_item_on_ok = nothing


def make_tasks(number):
    tasks = []
    for index in range(number):
        task = Task.load({"name": "Write the configuration of service %d" % index, "ansible.builtin.copy": {"content": "x", "dest": "/tmp/never"}})
        tasks.append(task)
    return tasks


hosts = [Host("box%02d" % index) for index in range(10)]
tasks = make_tasks(20)
loop_task = Task.load({"name": "Thousand items", "ansible.builtin.debug": {"msg": "{{ item }}"}, "loop": "{{ range(1000) }}"})


def results():
    for index in range(count // 2):
        task, host = tasks[index // 10 % 20], hosts[index % 10]
        yield "start", task, host, None
        yield "ok", task, host, TaskResult(host, task, {
            "changed": index % 2 == 0, "dest": "/etc/service/config.yml", "checksum": "0f" * 20, "mode": "0644", "size": 120, "uid": 0})


def items():
    for index in range(count):
        yield "item", loop_task, hosts[0], TaskResult(hosts[0], loop_task, {
            "changed": False, "msg": "This is item %d" % index, "item": index, "_ansible_item_label": index, "ansible_loop_var": "item"})


def task_starts():
    for index in range(count):
        yield "task", tasks[index % 20], None, None


def failures():
    for index in range(count):
        task, host = tasks[index % 20], hosts[index % 10]
        yield "failed", task, host, TaskResult(host, task, {
            "failed": True, "rc": 1, "msg": "non-zero return code", "stderr": "line of an error\n" * 10, "stdout": "", "cmd": ["false"]})


def feed(plugin, calls):
    begun = time.process_time()
    for kind, task, host, result in calls:
        if kind == "item":
            plugin.v2_runner_item_on_ok(result)
        elif kind == "ok":
            plugin.v2_runner_on_ok(result)
        elif kind == "start":
            plugin.v2_runner_on_start(host, task)
        elif kind == "task":
            plugin.v2_playbook_on_task_start(task, False)
        else:
            plugin.v2_runner_on_failed(result)
    if hasattr(plugin, "_flush"):
        plugin._flush(time.time())
    return (time.process_time() - begun) * 1e6 / len(calls)


def measure(make):
    times = {"ours": [], "none": []}
    calls = list(make())
    for number in range(rounds + 1):
        ours, none = chiffon_events.CallbackModule(), Nothing()
        ours._secrets._add({"correct horse battery staple", "hunter2hunter2"})
        pair = [("ours", ours), ("none", none)]
        for name, plugin in pair if number % 2 else reversed(pair):
            cost = feed(plugin, calls)
            if number:
                times[name].append(cost)
        os.truncate(os.environ["CHIFFON_EVENTS_FILE"], 0)
    return {name: [round(value, 3) for value in values] for name, values in times.items()}


print(json.dumps({
    "result of a task (start and end)": measure(results),
    "item of a loop": measure(items),
    "start of a task": measure(task_starts),
    "failed result, with its error text": measure(failures),
}))
