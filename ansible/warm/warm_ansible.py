"""Ansible as imported by a process that lives, and what a fork of it must set right to be the same as a fresh `ansible-playbook`.

What ansible evaluates while it is imported depends on its settings (import_watch.py). A fork reads the settings of its run anew and
compares (run_settings.py). What differs and cannot be set right makes the fork say "does not fit", and then a fresh process is started
as if there were no warm one.
"""
import gc
import importlib
import io
import os
import random
import re
import signal
import socket
import sys
import time
import warnings

import forked_module
import pure_answers
from import_watch import ImportWatch
from plugin_store import PluginStore
from process_state import MARK, OWN_MODULES, DoesNotFit, close_others, descriptors, file_mark, hear, plain_signals, run_to_the_end, write_mark
from run_settings import RunSettings

ANSWER_SECONDS = 2.0
# Read by Python itself, by the C library or the loader, before anything of ansible is.
OF_THE_START = re.compile(r"^(?:PYTHON|LD_|LC_|MALLOC|GLIBC|GCONV|LOCPATH$|LANG|TZ|HOME$|PATH$|USER$|LOGNAME$)")
# A run needs them soon, and they belong to no plugin.
LATE = """ansible.cli.playbook ansible.executor.playbook_executor ansible.executor.task_queue_manager ansible.executor.process.worker
    ansible.executor.task_executor ansible.executor.module_common ansible.executor.interpreter_discovery ansible.executor.stats
    ansible.plugins.strategy ansible.plugins.connection ansible.plugins.become ansible.plugins.shell ansible.plugins.callback ansible.plugins.action
    ansible.plugins.cache ansible.plugins.filter ansible.plugins.test ansible.plugins.lookup ansible.plugins.vars ansible.plugins.inventory
    ansible.plugins.doc_fragments ansible.playbook.included_file ansible.playbook.role_include ansible.playbook.handler_task_include
    ansible.template.native_helpers ansible.vars.hostvars ansible.vars.reserved ansible.vars.clean ansible.parsing.yaml.dumper
    ansible.module_utils.basic ansible.utils.encrypt ansible.utils.plugin_docs jinja2.ext jinja2.nativetypes multiprocessing.queues
    multiprocessing.synchronize multiprocessing.popen_fork multiprocessing.connection encodings.idna zipfile pty shlex difflib hmac
    json.tool textwrap pprint stringprep""".split()
MORE = {
    "ansible": ["ansible.cli.adhoc", "ansible.cli.config"],
    "ansiblelint": """ansiblelint.__main__ ansiblelint.rules ansiblelint.runner ansiblelint.utils ansiblelint.app ansiblelint.formatters
        ansiblelint.schemas ansiblelint.schemas.main ansiblelint.skip_utils ansiblelint.yaml_utils ansiblelint.transformer ansiblelint.generate_docs
        ansible_compat.runtime ansible_compat.prerun ansible_compat.config jsonschema jsonschema.validators yamllint.config yamllint.linter
        yamllint.rules ruamel.yaml rich.console rich.logging multiprocessing.pool black wcmatch.wcmatch""".split(),
}
ENTRY = re.compile(r"^from (ansible\.cli\.\w+|ansiblelint\.__main__) import (main|_run_cli_entrypoint)$", re.M)


class WarmAnsible:
    # Read while it is imported, and set right by whoever names it here.
    set_right = frozenset()

    def __init__(self, program):
        """`program`: the script that a fresh start would run; what it imports is imported here."""
        self.program = program
        self.umask = os.umask(0o077)
        self._start_environment = {name: value for name, value in os.environ.items() if name != MARK}
        os.environ.pop(MARK, None)
        before = descriptors()
        self._fresh = forked_module.FreshPython() if forked_module.of_a_shell() else None
        self._watch, self._plugins = ImportWatch(), PluginStore()
        module, function = entry_point(program)
        with self._watch:
            for name in (LATE if module.startswith("ansible.") else []) + MORE[module.partition(".")[0]]:
                try:
                    importlib.import_module(name)
                except ImportError:
                    continue
            self._plugins.load()
        self._entries = {program: getattr(importlib.import_module(module), function)}
        self._settings = RunSettings(self._watch)
        self._answers = pure_answers.gather()
        forget_caches()
        self._files = {path: file_mark(path) for path in self._paths() if path}
        self.forks_modules = self._fresh is not None and self._answers["payloads"] is not None
        # What ansible itself opened (its log): a fresh process has it too.
        self.descriptors = descriptors() - before

    def _paths(self):
        """Files whose change makes all of this outdated."""
        modules = list(sys.modules.values()) + self._plugins.modules()
        paths = {getattr(module, "__file__", None) for module in modules} | {self.program, self._settings.file, sys.executable, self._answers["ssh"]}
        return paths if self._answers["payloads"] is None else paths | self._answers["payloads"].files()

    def settle(self):
        """The last step before forks: what lives now is no garbage, and is not looked at again."""
        gc.collect()
        gc.freeze()

    def changed_files(self):
        return [path for path, mark in self._files.items() if file_mark(path) != mark]

    # -- the fork ------------------------------------------------------------------------------------------------------------------

    def start(self, command, null, out, err, secrets):
        """Forks ansible as `command` says it. Gives its pid, or None and why a fresh process has to do it; nothing was run then."""
        if command["argv"][0] != self.program or secrets is None:
            return None, "another program is asked for"
        return self.fork(command, (null, out, err, secrets))

    def entry(self, program):
        """The function that a script calls; None where it is none of this installation's."""
        if program not in self._entries:
            name, function = entry_point(program) or (None, None)
            with open(program, "rb") as script, open(self.program, "rb") as own:
                same = script.readline() == own.readline()
            if name is None or not same or name not in sys.modules:
                return None
            self._entries[program] = getattr(sys.modules[name], function)
        return self._entries[program]

    def fork(self, command, ends):
        ours, theirs = socket.socketpair()
        child = os.fork()
        if child == 0:
            try:
                ours.close()
                self._become(command, ends, theirs)
            finally:
                os._exit(254)
        theirs.close()
        try:
            os.setpgid(child, child)
        except OSError:
            pass
        why = hear(ours, ANSWER_SECONDS)
        if why == "":
            ours.sendall(b"go\n")
            ours.close()
            return child, None
        # It waits for the word, so it has done nothing.
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        ours.close()
        return None, why

    def _become(self, command, ends, answer):
        held, real = io.StringIO(), sys.stderr
        try:
            os.setpgid(0, 0)
            plain_signals()
            places = (0, 1, 2, 60)[:len(ends)]
            for end, place in zip(ends, places):
                os.dup2(end, place)
            close_others(self.descriptors.union(places, [answer.fileno()]))
            environment, main = dict(command["env"]), self.entry(command["argv"][0])
            if main is None:
                raise DoesNotFit("another program is asked for")
            if "runId" in command:
                environment.update(CHIFFON_RUN_ID=command["runId"], CHIFFON_SECRETS_FD="60")
                write_mark(command["runId"])
            self._environment(environment)
            os.chdir(command["cwd"])
            sys.argv = list(command["argv"])
            sys.modules["__main__"].__file__ = sys.argv[0]
            sys.stderr = held
            self._fit(command.get("checksItself", False))
        except BaseException as error:
            answer.sendall((str(error).replace("\n", " ")[:500] or type(error).__name__).encode("utf-8", "replace") + b"\n")
            os._exit(254)
        finally:
            sys.stderr = real
        answer.sendall(b"\n")
        if answer.recv(16) != b"go\n":
            os._exit(254)
        answer.close()
        real.write(held.getvalue())
        for name in OWN_MODULES:
            sys.modules.pop(name, None)
        run_to_the_end(main)

    def _environment(self, wanted):
        reads = self._watch.environment
        differing = [name for name in set(wanted) | set(self._start_environment) | set(reads)
                     if wanted.get(name) != (self._start_environment.get(name) if name not in reads or reads[name] is None else os.fsdecode(reads[name]))
                     and (name in reads or OF_THE_START.match(name)) and name != "PYTHONWARNINGS" and name not in self.set_right]
        if differing:
            raise DoesNotFit("the environment differs in " + ", ".join(sorted(differing)))
        os.environ.clear()
        os.environ.update(wanted)
        filters = wanted.get("PYTHONWARNINGS", "")
        if filters != self._start_environment.get("PYTHONWARNINGS", ""):
            sys.warnoptions.extend(filters.split(","))
            warnings._processoptions(filters.split(","))

    def _fit(self, checks_itself):
        """Everything that ansible evaluated when it was imported, as this run's settings have it. The check at the start has other settings."""
        time.tzset()
        changed = self.changed_files()
        if changed:
            raise DoesNotFit("changed since it was loaded: " + ", ".join(changed[:3]))
        self._watch.call_at_exit()
        pure_answers.use(self._answers)
        self._settings.apply(checks_itself)
        self._plugins.use()
        local = self._plugins.named("ansible.plugins.connection.local")
        if self.forks_modules and local is not None:
            forked_module.use(local, self._fresh, self._answers["payloads"])
        cli = sys.modules.get("ansible.cli")
        if hasattr(cli, "check_blocking_io"):
            cli.check_blocking_io()
        unique = sys.modules.get("ansible.utils.vars")
        if hasattr(unique, "random_int") and hasattr(unique, "cur_id"):
            unique.random_int, unique.cur_id = ("%08x" % random.randint(0, 2 ** 32))[:8], 0


def entry_point(program):
    """What the script of an installed program calls: module and function."""
    with open(program, encoding="latin-1") as file:
        found = ENTRY.search(file.read(4000))
    return found and found.groups()


def forget_caches():
    for name, module in list(sys.modules.items()):
        if name.startswith("ansible."):
            for value in list(vars(module).values()):
                if callable(getattr(value, "cache_clear", None)):
                    value.cache_clear()
