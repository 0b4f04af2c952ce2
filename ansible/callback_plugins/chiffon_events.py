"""Writes one JSON line per event of a run into the file named by CHIFFON_EVENTS_FILE.

The schema is src/agents/infra/ansible-events.ts. Values of vaulted and of secret-named variables are masked before anything is
written, and are handed to the supervisor over CHIFFON_SECRETS_FD, or the pipe CHIFFON_SECRETS_PIPE, so that it can mask standard
output too. ansible-core 2.14 and later.
"""
from __future__ import annotations

import json
import os
import re
import time

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
    name: chiffon_events
    type: notification
    short_description: JSON lines of what happened, for Chiffon
    description: One JSON line per event into the file named by CHIFFON_EVENTS_FILE; does nothing without it.
"""

MESSAGE_LIMIT = 4096
DIFF_LIMIT = 65536
DIFF_INPUT_LIMIT = 1 << 20
FLUSH_SECONDS = 0.1
GATHER_HOSTS = 200
WARNINGS = 50
UNWRITTEN_LIMIT = 16 << 20
LAST_TRIES = 50
MASK = "********"
PASSWORD_FILES = ("DEFAULT_VAULT_PASSWORD_FILE", "DEFAULT_VAULT_IDENTITY_LIST", "BECOME_PASSWORD_FILE", "CONNECTION_PASSWORD_FILE",
                  "DEFAULT_PRIVATE_KEY_FILE")
PASSWORD_FILE_LIMIT = 1 << 16

SECRET_NAME = re.compile(
    r"(?:^|[_\-.])(?:vault|pass|passwd|password|passphrase|pwd|secret|secrets|token|tokens|key|keys|apikey|credential|credentials|auth)(?:$|[_\-.0-9])"
    r"|passw(?:or)?d|passphrase|secret|token|apikey", re.I)
NOT_SECRET_NAME = re.compile(r"(?:_|^)(?:file|path|dir|directory|name|names|length|size|type|enabled|id|user|owner|group|mode)$", re.I)
NOT_SECRET_VALUE = frozenset(("true", "false", "none", "null", "yes", "no", "present", "absent", "default", "root"))
MAGIC = frozenset(("ansible_facts", "hostvars", "groups", "vars", "omit", "environment", "group_names", "play_hosts", "ansible_play_hosts",
                   "ansible_play_hosts_all", "ansible_play_batch", "ansible_version", "playbook_dir", "role_names", "ansible_role_names",
                   "ansible_play_role_names", "ansible_dependent_role_names"))
SURROGATE = re.compile("[\ud800-\udfff]")
REFERENCE = re.compile(r"\{\{\s{0,9}([A-Za-z_]\w{0,99}(?:\.[A-Za-z_]\w{0,99}){0,9})\s{0,9}(?:\||\}\})")
ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False)


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "chiffon_events"
    CALLBACK_NEEDS_ENABLED = True
    CALLBACK_NEEDS_WHITELIST = True

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        path = os.environ.get("CHIFFON_EVENTS_FILE")
        if not path:
            self.disabled = True
            return
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._pid = os.getpid()
        self._buffer = []
        self._unwritten = b""
        self._flushed = 0.0
        self._root = os.getcwd() + os.sep
        self._names = {}
        self._paths = {}
        self._started = {}
        self._warned = set()
        self._diff = None
        self._play = ""
        self._manager = None
        self._secrets = Secrets()
        self._guesses = Guesses(self._unpredictable)

    # -- writing -------------------------------------------------------------------------------------------------------------------

    def _write(self, event, wait=False):
        now = time.time()
        event["at"] = int(now * 1000)
        self._buffer.append(event)
        if not wait or now - self._flushed >= FLUSH_SECONDS:
            self._flush(now)

    def _flush(self, now):
        events, self._buffer, self._flushed = self._buffer, [], now
        self._put(events, now)

    def _put(self, events, now):
        if os.getpid() != self._pid:
            return
        text = "".join(ENCODER.encode(event) + "\n" for event in events)
        try:
            data = text.encode()
        except UnicodeEncodeError:
            data = SURROGATE.sub("\ufffd", text).encode()
        # A full disk tears lines: what could not be written is kept and goes first the next time.
        data = self._unwritten + data
        try:
            while data:
                data = data[os.write(self._fd, data):]
        except OSError:
            if len(data) > UNWRITTEN_LIMIT:
                data = data[:data.find(b"\n") + 1] + b'{"kind":"warning","message":"events were lost: the disk is full","at":%d}\n' % int(now * 1000)
        self._unwritten = data

    # -- playbook and plays --------------------------------------------------------------------------------------------------------

    def v2_playbook_on_start(self, playbook):
        # Extra variables are read by now; the file that holds them need not outlive this moment.
        variables = os.environ.get("CHIFFON_VARIABLES_FILE")
        if variables:
            try:
                os.unlink(variables)
            except OSError:
                pass
        self._secrets.of_password_files()
        name = str(getattr(playbook, "_file_name", ""))
        self._write({"kind": "playbook_start", "playbook": self._relative(name)})

    def v2_playbook_on_play_start(self, play):
        hosts = []
        try:
            manager = play.get_variable_manager()
            inventory = manager._inventory
            found = inventory.get_hosts(play.hosts)
            hosts = [str(host.name) for host in found]
            self._manager = manager
            self._secrets.gather(manager, play, found, inventory)
        except Exception as error:  # a play that cannot be looked at is still a play; the run must go on
            self._write({"kind": "warning", "message": self._text("variables could not be looked through for secrets: %s" % error)})
        self._play = self._text(play.get_name().strip())
        self._write({"kind": "play_start", "play": self._play, "hosts": hosts})

    def v2_playbook_on_no_hosts_matched(self):
        self._write({"kind": "no_hosts", "play": self._play})

    def v2_playbook_on_vars_prompt(self, varname, private=True, prompt=None, encrypt=None, confirm=False, salt_size=None, salt=None, default=None,
                                   unsafe=None):
        if default is None:
            # Nobody is there to answer, and ansible would go on with the word "None". An exception is caught around callbacks, this is not.
            raise SystemExit("ERROR! %s is asked for at the keyboard (vars_prompt), and nobody sits there during a run" % self._text(varname))

    def v2_playbook_on_task_start(self, task, is_conditional=False):
        self._task_start(task, False)

    def v2_playbook_on_cleanup_task_start(self, task):
        self._task_start(task, False)

    def v2_playbook_on_handler_task_start(self, task):
        self._task_start(task, True)

    def _task_start(self, task, handler):
        uuid = task._uuid
        # Tasks that were included while it runs are met here first.
        self._secrets.of_task(task)
        # The strategy renders the name for just this moment; results carry the raw template.
        name = self._names[uuid] = self._text(task.get_name().strip())
        self._write({"kind": "task_start", "taskId": uuid, "task": name, "action": str(task.action), "path": self._path(task), "handler": handler})

    def v2_runner_on_start(self, host, task):
        self._secrets.of_host(host.name)
        self._started[(host.name, task._uuid)] = time.time()

    def v2_playbook_on_stats(self, stats):
        self._write({"kind": "stats", "hosts": {str(host): stats.summarize(host) for host in sorted(stats.processed)}})
        for _ in range(LAST_TRIES):
            if not self._unwritten:
                break
            time.sleep(0.2)
            self._put([], time.time())

    # -- results -------------------------------------------------------------------------------------------------------------------

    def v2_runner_on_ok(self, result):
        data = result._result
        self._secrets.of_result(result._host.name, result._task, data)
        said = self._said(data) if str(result._task.action).rpartition(".")[2] == "debug" else None
        self._result(result, "changed" if data.get("changed") else "ok", False, False, said)
        facts = data.get("ansible_facts")
        if facts is not None or data.get("censored") is not None:
            action = str(result._task.action).rpartition(".")[2]
            if action in ("set_fact", "include_vars", "add_host"):
                self._secrets.learn(self._manager, result._host.name, data.get("censored") is not None and action == "include_vars", facts)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._secrets.of_result(result._host.name, result._task, result._result)
        ignored = bool(ignore_errors)
        rescued = not ignored and is_rescued(result._task)
        self._result(result, "failed", rescued, ignored, self._failure(result._result))

    def v2_runner_on_unreachable(self, result):
        ignored = getattr(result._task, "ignore_unreachable", False) is True
        self._result(result, "unreachable", False, ignored, self._failure(result._result))

    def v2_runner_on_skipped(self, result):
        data = result._result
        reason = None if data.get("censored") else data.get("skip_reason") or data.get("msg") or data.get("skipped_reason")
        self._result(result, "skipped", False, False, self._text(reason) if reason else None)

    def _result(self, result, status, rescued, ignored, message):
        task, data = result._task, result._result
        host, uuid = result._host.name, task._uuid
        started = self._started.pop((host, uuid), None)
        items = data.get("results")
        name = self._names.get(uuid)
        if name is None:
            name = self._text(task.get_name().strip())
        # Ansible keeps the name out of what callbacks get to see; then there is what the task says.
        delegated = (data.get("_ansible_delegated_vars") or {}).get("ansible_delegated_host") or task.delegate_to
        warnings = data.get("warnings")
        if warnings:
            self._warnings(warnings)
        self._write({
            "kind": "result", "status": status, "host": str(host), "delegatedTo": self._text(delegated, 256) if delegated and delegated != host else None,
            "taskId": uuid, "task": name, "path": self._path(task), "rescued": rescued, "ignored": ignored, "message": message,
            "diff": self._difference(data, items) if status == "changed" else None,
            "items": len(items) if isinstance(items, list) and getattr(task, "loop", None) is not None else None,
            "durationMs": None if started is None else int((time.time() - started) * 1000),
        })
        self._guesses.of_result(str(host), task, data, status)

    def _unpredictable(self, host, task):
        self._write({"kind": "unpredictable", "host": host, "task": self._names.get(task._uuid) or self._text(task.get_name().strip())
                     if hasattr(task, "_uuid") else self._text(task)})

    def v2_runner_item_on_ok(self, result):
        self._secrets.of_result(result._host.name, result._task, result._result)
        self._item(result, "changed" if result._result.get("changed") else "ok", None)

    def v2_runner_item_on_failed(self, result):
        self._secrets.of_result(result._host.name, result._task, result._result)
        self._item(result, "failed", self._failure(result._result))

    def v2_runner_item_on_skipped(self, result):
        self._item(result, "skipped", None)

    def _item(self, result, status, message):
        data = result._result
        if data.get("_ansible_no_log") or data.get("censored"):
            label = "(hidden by no_log)"
        else:
            label = data.get("_ansible_item_label")
            if label is None:
                label = data.get("item")
            label = self._text(label, 512)
        self._write({"kind": "item", "status": status, "host": str(result._host.name), "taskId": result._task._uuid, "item": label,
                     "message": message}, wait=True)

    def v2_runner_retry(self, result):
        data = result._result
        self._write({"kind": "retry", "host": str(result._host.name), "taskId": result._task._uuid, "attempts": int(data.get("attempts") or 0),
                     "retries": int(data.get("retries") or 0)})

    # -- text ----------------------------------------------------------------------------------------------------------------------

    def _said(self, data):
        """What a debug task prints: the part of a run that is written for people. None where no_log hides it."""
        if data.get("censored") is not None or data.get("_ansible_no_log"):
            return None
        parts = []
        for one in data["results"] if isinstance(data.get("results"), list) else [data]:
            if not isinstance(one, dict) or one.get("skipped") or one.get("_ansible_no_log"):
                continue
            values = [one["msg"]] if "msg" in one else [
                "%s:%s" % (key, self._listed(value)) for key, value in one.items()
                if not key.startswith("_") and key not in ("changed", "failed", "item", "ansible_loop_var")]
            for value in values:
                parts.extend(str(line) for line in value) if isinstance(value, (list, tuple)) else parts.append(str(value))
        return self._text("\n".join(parts)) if parts else None

    @staticmethod
    def _listed(value):
        """Lines of output (`debug: var=result.stdout_lines`) as lines, not as Python writes a list."""
        plain = isinstance(value, (list, tuple)) and len(value) > 0 and all(isinstance(one, (str, int, float)) for one in value)
        return "".join("\n  %s" % one for one in value) if plain else " %s" % (value,)

    def _failure(self, data):
        """What a person needs of a failed result, in a few lines; None where no_log hides it."""
        if data.get("censored") is not None or data.get("_ansible_no_log"):
            return None
        parts = []
        message = data.get("msg") or data.get("reason")
        if message:
            parts.append(message if isinstance(message, str) else str(message))
        items = data.get("results")
        if isinstance(items, list):
            for item in items:
                if isinstance(item, dict) and (item.get("failed") or item.get("unreachable")) and item.get("msg"):
                    parts.append("%s: %s" % (item.get("_ansible_item_label", item.get("item")), item["msg"]))
                    break
        for key in ("stderr", "module_stderr"):
            if data.get(key):
                parts.append(str(data[key]))
                break
        else:
            output = data.get("stdout") or data.get("module_stdout")
            if output and data.get("rc") not in (None, 0):
                parts.append(str(output))
        if not parts and data.get("exception"):
            parts.append(str(data["exception"]).strip().rpartition("\n")[2])
        return self._text("\n".join(parts)) if parts else None

    def _text(self, value, limit=MESSAGE_LIMIT):
        """Masked, and shortened in the middle. What is cut is cut so that no half of a secret is left at the edges."""
        text = value if type(value) is str else str(value)
        if len(text) <= limit:
            return self._secrets.mask(text)
        longest, tail = self._secrets.longest, limit // 3
        head = limit - tail - 3
        begin = self._secrets.mask(text[:head + longest])[:head]
        end = self._secrets.mask(text[-(tail + longest):])[longest:][-tail:]
        return begin + " … " + end

    def _difference(self, data, items):
        if self._diff is None:
            try:
                from ansible import context
                self._diff = bool(context.CLIARGS.get("diff"))
            except Exception:
                self._diff = False
        if not self._diff:
            return None
        found = []
        for one in (items if isinstance(items, list) else [data]):
            diff = one.get("diff") if isinstance(one, dict) and not one.get("censored") else None
            if diff:
                found.append(self._one_difference(diff))
        return self._text("".join(found), DIFF_LIMIT) if found else None

    def _one_difference(self, diff):
        size = 0
        for part in diff if isinstance(diff, list) else [diff]:
            for side in ("before", "after", "prepared"):
                value = part.get(side) if isinstance(part, dict) else None
                size += len(value) if isinstance(value, str) else 0
        if size > DIFF_INPUT_LIMIT:
            return "(the change is too large to show: %d characters)\n" % size
        try:
            return self._get_diff(diff)
        except Exception as error:
            return "(the change cannot be shown: %s)\n" % error

    def _warnings(self, warnings):
        for warning in warnings if isinstance(warnings, list) else [warnings]:
            text = self._text(warning)
            if len(self._warned) < WARNINGS and text not in self._warned:
                self._warned.add(text)
                self._write({"kind": "warning", "message": text}, wait=True)

    def _path(self, task):
        uuid = task._uuid
        path = self._paths.get(uuid)
        if path is None:
            path = self._paths[uuid] = self._relative(str(task.get_path() or ""))
        return path or None

    def _relative(self, path):
        return path[len(self._root):] if path.startswith(self._root) else path


def is_rescued(task):
    """Whether a failure of this task is caught: it stands in the `block` part of a block with `rescue`, itself or through what included it.

    Imported tasks are not in the list of the block they were imported into, hence the whole chain is looked for, not the task alone.
    """
    chain, node = {task._uuid}, getattr(task, "_parent", None)
    while node is not None:
        if getattr(node, "rescue", None):
            if any(part._uuid in chain for part in node.block):
                return True
            if not any(part._uuid in chain for part in list(node.rescue) + list(node.always)):
                return True
        uuid = getattr(node, "_uuid", None)
        if uuid is not None:
            chain.add(uuid)
        node = getattr(node, "_parent", None)
    return False


def quietly(look):
    """An event must not be lost because something in it could not be looked through."""
    def looked(*args):
        try:
            look(*args)
        except Exception:
            pass
    return looked


class Guesses:
    """In check mode: which tasks stand on what check mode did not do, so that nobody can say what they would do.

    A command that check mode skips leaves behind a result that says nothing. Whatever reads it (a condition, an argument, a fact made of it),
    the handlers it would notify and the rescue it could end in are named; and what looks at a file that an earlier task would change.
    """

    SKIPPED = re.compile("check mode|would have run", re.I)
    ONLY_LOOKS = frozenset(("debug", "set_fact", "assert", "stat", "slurp", "find", "setup", "gather_facts", "include_vars", "ping"))

    def __init__(self, tell):
        self._tell = tell
        self._told = set()
        self._names = set()
        self._pattern = None
        self._paths = {}
        self._checks = None

    @quietly
    def of_result(self, host, task, data, status):
        if self._checks is None:
            from ansible import context
            self._checks = bool(context.CLIARGS.get("check"))
        if not self._checks:
            return
        action = str(task.action).rpartition(".")[2]
        skipped = status == "skipped" and self._skipped_by_check_mode(action, data)
        depends = self._depends(task)
        if status == "changed":
            self._paths.setdefault(host, set()).update(self._paths_of(task, data))
        if not skipped and not depends and not (action in self.ONLY_LOOKS and self._sees_a_change(host, task, data)):
            return
        self._doubt([task.register] if getattr(task, "register", None) else [])
        if action == "set_fact":
            self._doubt(name for name in task.args if name != "cacheable")
        if not skipped and (not depends or action in self.ONLY_LOOKS and not task.changed_when):
            return
        self._say(host, task)
        if status != "changed":
            for handler in task.notify or ():
                self._say(host, handler)
        if skipped:
            for one in self._rescue_of(task):
                self._say(host, one)

    def _skipped_by_check_mode(self, action, data):
        if action == "raw":
            return True
        parts = data.get("results") if isinstance(data.get("results"), list) else [data]
        return any(isinstance(one, dict) and self.SKIPPED.search(str(one.get("skip_reason") or one.get("msg") or "")) for one in parts)

    def _depends(self, task):
        if self._pattern is None:
            return False
        whole = task.get_ds()
        parts = [value for key, value in whole.items() if key not in ("name", "register", "notify")] if isinstance(whole, dict) else [task.args]
        return bool(self._pattern.search(str([parts, task.when])))

    def _doubt(self, names):
        fresh = {str(name) for name in names} - self._names
        if fresh:
            self._names |= fresh
            self._pattern = re.compile(r"\b(?:%s)\b" % "|".join(map(re.escape, sorted(self._names))))

    def _paths_of(self, task, data):
        arguments = (data.get("invocation") or {}).get("module_args") or {}
        found = []
        for one in (data.get("dest"), data.get("path"), arguments.get("dest"), arguments.get("path"), arguments.get("src"), arguments.get("paths")):
            found.extend(one if isinstance(one, list) else [one])
        if isinstance(data.get("results"), list):
            for item in data["results"]:
                found.extend(self._paths_of(task, item) if isinstance(item, dict) else ())
        return {os.path.normpath(one) for one in found if isinstance(one, str) and one.startswith("/")}

    def _sees_a_change(self, host, task, data):
        changed = self._paths.get(host)
        return bool(changed) and any(one == other or one.startswith(other + "/") or other.startswith(one + "/")
                                     for one in self._paths_of(task, data) for other in changed)

    def _rescue_of(self, task):
        chain, node, found = {task._uuid}, getattr(task, "_parent", None), []
        while node is not None:
            if getattr(node, "rescue", None) and any(part._uuid in chain for part in node.block):
                found.extend(node.rescue)
            chain.add(getattr(node, "_uuid", None))
            node = getattr(node, "_parent", None)
        tasks = []
        while found:
            one = found.pop(0)
            if hasattr(one, "block"):
                found[:0] = one.block
            else:
                tasks.append(one)
        return tasks

    def _say(self, host, task):
        key = (host, getattr(task, "_uuid", task))
        if key not in self._told:
            self._told.add(key)
            self._tell(host, task)


class Secrets:
    """Values that must not be seen, in the forms they are met in."""

    def __init__(self):
        self._values = set()
        self._files = {}
        self._pattern = None
        self.longest = 0
        fd = os.environ.get("CHIFFON_SECRETS_FD", "")
        self._fd = int(fd) if fd.isdigit() else open_pipe(os.environ.get("CHIFFON_SECRETS_PIPE"))
        # Answers of the operator to what a playbook asks, whatever it calls them.
        self._named = frozenset(filter(None, os.environ.get("CHIFFON_SECRET_VARIABLES", "").split(",")))
        self._all_hosts = False
        self._manager = self._play = self._inventory = None
        self._scope = {}
        self._seen_hosts, self._seen_tasks, self._seen_roles, self._registers = set(), set(), set(), set()

    @quietly
    def of_password_files(self):
        """The passwords themselves: a task on the controller finds the paths of their files in its environment."""
        from ansible import constants

        found = set()
        for name in PASSWORD_FILES:
            value = getattr(constants, name, None) or ()
            for one in value if isinstance(value, (list, tuple)) else (value,):
                path = os.path.expanduser(one if os.path.isabs(one) else one.partition("@")[2] or one)
                # A program's answer is not asked for a second time.
                if os.path.isfile(path) and not os.access(path, os.X_OK) and os.path.getsize(path) <= PASSWORD_FILE_LIMIT:
                    with open(path, encoding="utf-8", errors="surrogateescape") as file:
                        self._strings(file.read(), found)
        self._add(found)

    def mask(self, text):
        return text if self._pattern is None else self._pattern.sub(MASK, text)

    def gather(self, manager, play, hosts, inventory):
        found = set()
        self._manager, self._play, self._inventory = manager, play, inventory
        self._seen_hosts, self._scope = set(), {}
        known = inventory.hosts if hasattr(inventory, "hosts") else {}
        first = list(hosts[:GATHER_HOSTS])
        if not self._all_hosts:
            # Delegation and hostvars reach hosts outside the play. Of very many only what the inventory itself says of them is read at once;
            # the rest follows as each host begins.
            self._all_hosts = True
            if len(known) <= GATHER_HOSTS:
                first = list({host.name: host for host in list(known.values()) + first}.values())
            else:
                for one in list(known.values()) + list(getattr(inventory, "groups", {}).values()):
                    self._look(getattr(one, "vars", None) or {}, found)
        for host in first or [None]:
            self._variables_of(host, found)
        for block in self._blocks_of(play):
            self._tasks_below(block, found, 0)
        cache = getattr(manager._loader, "_FILE_CACHE", None)
        for path in list(cache) if isinstance(cache, dict) else ():
            if self._is_vaulted(path):
                self._strings(cache[path], found)
        self._add(found)

    @quietly
    def of_host(self, name):
        """Variables of a host that was not among the first."""
        if name in self._seen_hosts or self._manager is None:
            return
        self._seen_hosts.add(name)
        found = set()
        self._variables_of(self._inventory.get_host(name), found)
        self._add(found)

    @quietly
    def of_task(self, task):
        """What its own variables, arguments and environment, and those of its blocks, includes and roles, name as secret."""
        found = set()
        self._registered_before(found)
        if task._uuid not in self._seen_tasks:
            self._seen_tasks.add(task._uuid)
            self._task(task, found)
        self._add(found)

    @quietly
    def of_result(self, host, task, data):
        """What a task registers under a secret name."""
        name = getattr(task, "register", None)
        if not name or not self._is_secret_name(str(name)):
            return
        found = set()
        self._registered(data, found)
        self._add(found)
        # Under no_log only the variable has it, and that is set after this moment.
        self._registers.add((host, str(name)))

    def _registered_before(self, found):
        kept = getattr(self._manager, "_nonpersistent_fact_cache", None)
        for host, name in self._registers:
            variables = kept.get(host) if hasattr(kept, "get") else None
            if isinstance(variables, dict):
                self._registered(variables.get(name), found)
        self._registers.clear()

    def _registered(self, data, found):
        if not isinstance(data, dict):
            return
        self._look(data, found)
        for key in ("stdout", "stdout_lines", "content", "value", "json"):
            if key in data:
                self._strings(data[key], found)
        if data.get("encoding") == "base64" and data.get("content"):
            from base64 import b64decode
            try:
                self._strings(b64decode(data["content"]).decode("utf-8", "surrogateescape"), found)
            except ValueError:
                pass
        for one in data.get("results") or () if isinstance(data.get("results"), list) else ():
            self._registered(one, found)

    def _variables_of(self, host, found):
        variables = self._manager.get_vars(play=self._play, host=host, include_hostvars=False, include_delegate_to=False)
        if host is not None:
            self._seen_hosts.add(host.name)
        self._scope = self._scope or variables
        self._look(variables, found, top=True, scope=variables)

    def _blocks_of(self, play):
        blocks = []
        for name in ("pre_tasks", "tasks", "post_tasks", "handlers"):
            blocks.extend(getattr(play, name, None) or ())
        for role in getattr(play, "roles", None) or ():
            for one in [role] + list(role.get_all_dependencies()):
                blocks.extend(getattr(one, "_task_blocks", None) or ())
        return blocks

    def _tasks_below(self, node, found, depth):
        if isinstance(node, (list, tuple)):
            for one in node:
                self._tasks_below(one, found, depth)
        elif hasattr(node, "block") and depth < 50:
            for part in (node.block, node.rescue, node.always):
                self._tasks_below(part, found, depth + 1)
        elif hasattr(node, "get_vars"):
            self._task(node, found)

    def _task(self, task, found):
        try:
            parts = [task.get_vars(), task.args]
            if getattr(task, "_role", None) is not None:
                chain = task.get_dep_chain()
                key = (task._role._uuid, tuple(role._uuid for role in chain or ()))
                if key not in self._seen_roles:
                    self._seen_roles.add(key)
                    parts += [task._role.get_default_vars(chain), task._role.get_vars(chain)]
            parent = getattr(task, "_parent", None)
            for _ in range(50):
                if parent is None:
                    break
                parts += [getattr(parent, "vars", None), getattr(parent, "args", None)]
                parent = getattr(parent, "_parent", None)
            parts += list(task.environment or ()) if isinstance(task.environment, (list, tuple)) else [task.environment]
            for part in parts:
                if isinstance(part, dict):
                    self._look(part, found, scope=self._scope)
        except Exception:  # a task that cannot be looked at is still a task; the run must go on
            return

    def learn(self, manager, host, everything, facts):
        """Variables that a task made: by name, or all of them when they came from a vaulted file."""
        found = set()
        if isinstance(facts, dict):
            self._look(facts, found)
        cached = getattr(manager, "_vars_cache", {}).get(host)
        if everything and cached:
            self._strings(cached, found)
        self._add(found)

    def _is_secret_name(self, name):
        return name in self._named or bool(SECRET_NAME.search(name)) and not NOT_SECRET_NAME.search(name)

    def _look(self, variables, found, top=False, scope=None):
        for name, value in variables.items():
            if top and name in MAGIC:
                continue
            kind = type(value).__name__
            if kind == "AnsibleVaultEncryptedUnicode" or kind == "EncryptedString":
                self._strings(value, found)
            elif isinstance(name, str) and self._is_secret_name(name):
                self._strings(value, found, scope)
            elif isinstance(value, dict):
                self._look(value, found, scope=scope)
            elif isinstance(value, (list, tuple)):
                for one in value:
                    if isinstance(one, dict):
                        self._look(one, found, scope=scope)
                    elif type(one).__name__ in ("AnsibleVaultEncryptedUnicode", "EncryptedString"):
                        self._strings(one, found)

    def _strings(self, value, found, scope=None, depth=0):
        if isinstance(value, bool) or value is None:
            return
        if isinstance(value, dict):
            for one in value.values():
                self._strings(one, found, scope, depth)
        elif isinstance(value, (list, tuple, set)):
            for one in value:
                self._strings(one, found, scope, depth)
        else:
            try:
                text = str(value)
            except Exception:  # a vaulted value whose password was not given
                return
            if "{{" in text:
                # Never rendered: a lookup in it would run once more. A plain name is followed.
                for path in REFERENCE.findall(text) if scope and depth < 5 else ():
                    self._strings(reach(scope, path), found, scope, depth + 1)
            elif len(text) >= 4 and text.lower() not in NOT_SECRET_VALUE:
                found.add(text)

    def _is_vaulted(self, path):
        known = self._files.get(path)
        if known is None:
            try:
                with open(path, "rb") as file:
                    known = file.read(14) == b"$ANSIBLE_VAULT"
            except OSError:
                known = False
            self._files[path] = known
        return known

    def _add(self, found):
        fresh = found - self._values
        if not fresh:
            return
        self._values |= fresh
        forms = set()
        for value in self._values:
            forms.update(forms_of(value))
        ordered = sorted(forms, key=len, reverse=True)
        self.longest = len(ordered[0])
        self._pattern = re.compile("|".join(map(re.escape, ordered)))
        if self._fd is not None:
            fresh_forms = set()
            for value in fresh:
                fresh_forms.update(forms_of(value))
            data = (json.dumps(sorted(fresh_forms)) + "\n").encode()
            try:
                while data:
                    data = data[os.write(self._fd, data):]
            except OSError:
                self._fd = None


def open_pipe(path):
    """Its opening is not waited for: without a supervisor nobody reads it. What is written then is."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK) if path else None
    except OSError:
        return None
    if fd is not None:
        os.set_blocking(fd, True)
    return fd


def reach(variables, path):
    """The value of `a.b.c`, or None."""
    value = variables
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def forms_of(secret):
    """The secret as it is, as JSON text, per line, URL-encoded, and in base64 at each of the three alignments."""
    from base64 import b64encode
    from urllib.parse import quote, quote_plus

    forms = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    stripped = secret.strip()
    if len(stripped) >= 4:
        forms.add(stripped)
    if "\n" in secret:
        forms.update(line.strip() for line in secret.splitlines() if len(line.strip()) >= 12)
    raw = secret.encode("utf-8", "surrogateescape")
    try:
        forms.update((quote(raw, safe=""), quote(raw), quote_plus(raw)))
    except Exception:
        pass
    if len(raw) >= 6:
        for shift in range(3):
            encoded = b64encode(b"\0" * shift + raw).decode()
            whole = encoded.rstrip("=")
            # The first and last characters depend on the neighbours of the secret.
            begin = (0, 2, 3)[shift]
            end = len(whole) if (shift + len(raw)) % 3 == 0 else len(whole) - 1
            forms.add(whole[begin:end])
    return [form for form in forms if len(form) >= 4]
