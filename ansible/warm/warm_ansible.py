"""Ansible as imported by a process that lives, and what a fork of it must set right to be the same as a fresh `ansible-playbook`.

What ansible evaluates while it is imported depends on its settings. Each such look is recorded while this process imports it; a fork
reads the settings of its run anew and compares. What differs and cannot be set right makes the fork say "does not fit", and then a
fresh process is started as if there were no warm one.
"""
import atexit
import copy
import gc
import importlib.util
import io
import logging
import os
import random
import re
import select
import signal
import socket
import sys
import threading
import time
import traceback
import types
import warnings

import forked_module
import pure_answers
from process_state import MARK, OWN_MODULES, DoesNotFit, close_others, descriptors, file_mark, hear, plain_signals, run_to_the_end, write_mark

ANSWER_SECONDS = 2.0
# Read by Python itself, by the C library or the loader, before anything of ansible is.
OF_THE_START = re.compile(r"^(?:PYTHON|LD_|LC_|MALLOC|GLIBC|GCONV|LOCPATH$|LANG|TZ|HOME$|PATH$|USER$|LOGNAME$)")
# Set right in the fork: see `_fit`.
COWS = frozenset(("ANSIBLE_NOCOWS", "ANSIBLE_COW_PATH", "ANSIBLE_COW_SELECTION", "ANSIBLE_COW_WHITELIST", "ANSIBLE_COW_ACCEPTLIST"))
COLOURS = frozenset(("ANSIBLE_NOCOLOR", "ANSIBLE_FORCE_COLOR"))
FINDER = frozenset(("COLLECTIONS_PATHS", "COLLECTIONS_SCAN_SYS_PATH"))
# Read when it is used, and looked at by name.
HARMLESS = frozenset(("config", "PLUGIN_FILTERS_CFG", "VERBOSE_TO_STDERR"))
PLUGIN_KINDS = "action become cache callback connection filter inventory lookup shell strategy test vars".split()
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
        self._reads = {}
        self._readers = {}
        self._defaults = {}
        self._environment_reads = {}
        self._exit_calls = []
        self._files = {}
        self._plugins = {}
        self._documentation = {}
        self._start_environment = {name: value for name, value in os.environ.items() if name != MARK}
        os.environ.pop(MARK, None)
        before = descriptors()
        self._fresh = forked_module.FreshPython() if forked_module.of_a_shell() else None
        self._import()
        # What ansible itself opened (its log): a fresh process has it too.
        self.descriptors = descriptors() - before

    # -- before the fork -----------------------------------------------------------------------------------------------------------

    def _import(self):
        register = atexit.register

        def noted(call, *args, **kwargs):
            self._exit_calls.append((call, args, kwargs))
            return register(call, *args, **kwargs)

        atexit.register = noted
        from ansible.config import manager
        from ansible import constants

        reads, environment_reads, readers = self._reads, self._environment_reads, self._readers

        class Watched(types.ModuleType):
            def __getattribute__(self, name):
                value = types.ModuleType.__getattribute__(self, name)
                if not name.startswith("__"):
                    reads[name] = value
                    readers.setdefault(name, set()).add(place_of(sys._getframe(1)))
                return value

        class WatchedEnvironment(os._Environ):
            def __getitem__(self, name):
                environment_reads[name] = self._data.get(os.fsencode(name))
                return super().__getitem__(name)

        constants.__class__ = Watched
        put_back = self._watch_defaults()
        os.environ.__class__ = WatchedEnvironment
        try:
            entry = entry_point(self.program)
            for name in (LATE if entry[0].startswith("ansible.") else []) + MORE[entry[0].partition(".")[0]]:
                try:
                    importlib.import_module(name)
                except ImportError:
                    continue
            self._load_plugins()
        finally:
            put_back()
            constants.__class__ = types.ModuleType
            os.environ.__class__ = os._Environ
            atexit.register = register
        self._entries = {self.program: getattr(importlib.import_module(entry[0]), entry[1])}
        self._constants = constants
        self._manager = manager
        self._base = manager.ConfigManager._read_config_yaml_file
        self._definitions = None
        self._read_definitions()
        self._answers = pure_answers.gather()
        self._forget_caches()
        self._watch_files()

    def _watch_defaults(self):
        """Defaults of a play's keywords that are settings: which keyword was made at the place where a setting was read."""
        name = "ansible.playbook.attribute"
        path = os.path.join(os.path.dirname(sys.modules["ansible"].__file__), "playbook", "attribute.py")
        # By its file: its package makes the keywords when it is imported, before one could look.
        module = load_file(name, path)
        Attribute = module.Attribute
        make, defaults = Attribute.__init__, self._defaults

        def noted(self, *args, **kwargs):
            make(self, *args, **kwargs)
            frame = sys._getframe(1)
            while frame.f_globals.get("__name__") == name:
                frame = frame.f_back
            defaults.setdefault(place_of(frame), []).append(self)

        def put_back():
            Attribute.__init__ = make
            if "ansible.playbook" in sys.modules:
                sys.modules["ansible.playbook"].attribute = module

        # Before 2.14 a class had a copy of them.
        if hasattr(Attribute, "__get__"):
            Attribute.__init__ = noted
        return put_back

    def _keywords(self, name):
        """The keywords whose default is this setting, when it is read for nothing else."""
        found = []
        for place in self._readers[name]:
            made = self._defaults.get(place, ())
            alone = [other for other, places in self._readers.items() if place in places] == [name]
            if len(made) != 1 or not alone or made[0].default is not self._reads[name]:
                return None
            found.append(made[0])
        return found

    def _load_plugins(self):
        """Plugins of ansible's own package, by the file they came from: a repo's plugin of the same name lies in another."""
        from ansible.plugins import loader

        before = set(sys.modules)
        # A repo may have documentation of its own under the same names, and nothing of a repo runs here.
        fragments, loader.fragment_loader.config = loader.fragment_loader.config, []
        for kind in PLUGIN_KINDS:
            plugins = getattr(loader, kind + "_loader", None)
            if plugins is None or not plugins.package:
                continue
            package = importlib.import_module(plugins.package)
            for folder in list(package.__path__)[:1]:
                for name in sorted(os.listdir(folder)):
                    if name.endswith(".py") and name != "__init__.py":
                        self._load_plugin(plugins, name[:-3], os.path.join(folder, name))
        loader.fragment_loader.config = fragments
        # A fresh process has none of them loaded; the fork puts each back when it is asked for.
        for name in set(sys.modules) - before:
            module, (package, _, last) = sys.modules[name], name.rpartition(".")
            if package.startswith("ansible.plugins.") and not hasattr(module, "__path__"):
                self._plugins[(name, getattr(module, "__file__", None))] = module
                del sys.modules[name]
                if getattr(sys.modules.get(package), last, None) is module:
                    delattr(sys.modules[package], last)

    def _load_plugin(self, plugins, name, path):
        full_name = plugins.package + "." + name
        try:
            module = sys.modules.get(full_name)
            if module is None:
                module = load_file(full_name, path)
        except BaseException:
            sys.modules.pop(full_name, None)
            return
        self._plugins[(full_name, path)] = module
        try:
            plugins._load_config_defs(name, module, path)
            from ansible import constants
            from ansible.plugins import get_plugin_class
            kind = get_plugin_class(plugins.class_name)
            if constants.config.has_configuration_definition(kind, name):
                self._documentation[path] = (kind, constants.config._plugins[kind][name])
        except Exception:
            self._documentation.pop(path, None)

    def _read_definitions(self):
        """ansible's list of settings as it is read from its file: a fork gets it as the fresh copy that it is."""
        path = os.path.join(os.path.dirname(self._manager.__file__), "base.yml")
        self._definitions_file = path
        if os.path.exists(path):
            self._definitions = self._base(self._constants.config, path)

    def _forget_caches(self):
        for name, module in list(sys.modules.items()):
            if name.startswith("ansible."):
                for value in list(vars(module).values()):
                    if callable(getattr(value, "cache_clear", None)):
                        value.cache_clear()

    def _watch_files(self):
        modules = list(sys.modules.values()) + list(self._plugins.values())
        paths = {getattr(module, "__file__", None) for module in modules} | {self.program, self._definitions_file, sys.executable, self._answers["ssh"]}
        if self._answers["payloads"] is not None:
            paths |= self._answers["payloads"].files()
        for path in paths:
            if path:
                self._files[path] = file_mark(path)

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
        reads = self._environment_reads
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
        atexit._clear()
        for call, args, kwargs in self._exit_calls:
            if getattr(call, "__name__", "") != "cleanup_tmp_file":
                atexit.register(call, *args, **kwargs)
        constants, loader = self._constants, sys.modules["ansible.plugins.loader"]
        pure_answers.use(self._answers)
        self._read_settings(constants)
        lists = {id(value): name for name, value in self._reads.items() if isinstance(value, list)}
        by_loader = {}
        loaders = list({id(one): one for _, one in loader.get_all_plugin_loaders()}.values())
        for plugins in loaders:
            name = lists.get(id(plugins.config))
            if name is not None:
                by_loader.setdefault(name, []).append(plugins)
        for name, before in self._reads.items():
            after = getattr(constants, name, None)
            if name in HARMLESS or not name.isupper() or after == before and type(after) is type(before):
                continue
            if name in by_loader:
                for plugins in by_loader[name]:
                    plugins.config = after
            elif self._keywords(name):
                for keyword in self._keywords(name):
                    keyword.default = after
            elif name == "DEFAULT_LOG_PATH" and (before, after) == (os.devnull, None):
                no_log()
            elif not COWS.union(FINDER, COLOURS).issuperset([name]) and not checks_itself:
                raise DoesNotFit("settings: %s is read when ansible is imported" % name)
        # What they found when this process looked through ansible's own.
        for cache in (loader.MODULE_CACHE, loader.PATH_CACHE, loader.PLUGIN_PATH_CACHE):
            cache.clear()
        for one in loaders:
            loader.PluginLoader.__init__(one, one.class_name, one.package, one.config, one.subdir, one.aliases, one.base_class)
        loader._PLUGIN_FILTERS = loader._load_plugin_filter()
        self._cows()
        # Standard output is no terminal here.
        sys.modules["ansible.utils.color"].ANSIBLE_COLOR = bool(constants.ANSIBLE_FORCE_COLOR)
        self._collections(loader)
        self._preloaded(loader)
        self._modules()
        cli = sys.modules.get("ansible.cli")
        if hasattr(cli, "check_blocking_io"):
            cli.check_blocking_io()
        unique = sys.modules.get("ansible.utils.vars")
        if hasattr(unique, "random_int") and hasattr(unique, "cur_id"):
            unique.random_int, unique.cur_id = ("%08x" % random.randint(0, 2 ** 32))[:8], 0

    def _read_settings(self, constants):
        manager = self._manager.ConfigManager
        manager.WARNINGS, manager.DEPRECATED = set(), []
        definitions, file, base = self._definitions, self._definitions_file, self._base

        def read(config, path):
            return definitions if os.fsdecode(path) == file and definitions is not None else base(config, path)

        manager._read_config_yaml_file = read
        try:
            constants.__spec__.loader.exec_module(constants)
        finally:
            manager._read_config_yaml_file = base

    def _modules(self):
        local = [module for (name, _), module in self._plugins.items() if name == "ansible.plugins.connection.local"]
        if self._fresh is not None and self._answers["payloads"] is not None and len(local) == 1:
            forked_module.use(local[0], self._fresh, self._answers["payloads"])

    def _cows(self):
        display = sys.modules["ansible.utils.display"].Display()
        if getattr(display, "b_cowsay", None):
            raise DoesNotFit("cowsay")
        if hasattr(display, "set_cowsay_info"):
            display.noncow = self._constants.ANSIBLE_COW_SELECTION
            display.set_cowsay_info()
            if display.b_cowsay:
                raise DoesNotFit("cowsay")

    def _collections(self, loader):
        if not hasattr(loader, "_configure_collection_loader"):
            return
        loader._AnsibleCollectionFinder._remove()
        for name in [name for name in sys.modules if name.partition(".")[0] == "ansible_collections"]:
            del sys.modules[name]
        loader._configure_collection_loader()

    def _preloaded(self, loader):
        plugins, documentation, constants = self._plugins, self._documentation, self._constants
        load, define = loader.PluginLoader._load_module_source, loader.PluginLoader._load_config_defs
        fragments = loader.fragment_loader
        as_usual = not any(os.path.isdir(folder) for folder in fragments.config)
        used = set()

        def load_module(self, name, path):
            full_name = name if name.startswith("ansible_collections.") else self.package + "." + name
            module = plugins.get((full_name, path))
            if module is None or full_name in sys.modules:
                return load(self, name, path)
            sys.modules[full_name] = module
            return module

        def load_definitions(self, name, module, path):
            kind, options = documentation.get(path, (None, None))
            if kind is None or getattr(module, "__file__", None) != path or fragments._extra_dirs or not as_usual:
                return define(self, name, module, path)
            if kind in constants.CONFIGURABLE_PLUGINS and not constants.config.has_configuration_definition(kind, name):
                constants.config.initialize_plugin_configuration_definitions(kind, name, copy.deepcopy(options) if path in used else options)
                used.add(path)
            return None

        loader.PluginLoader._load_module_source = load_module
        loader.PluginLoader._load_config_defs = load_definitions


def entry_point(program):
    """What the script of an installed program calls: module and function."""
    with open(program, encoding="latin-1") as file:
        found = ENTRY.search(file.read(4000))
    return found and found.groups()


def load_file(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def place_of(frame):
    return frame.f_globals.get("__name__"), frame.f_lineno


def no_log():
    """Undoes what ansible does when it is imported with a log."""
    sys.modules["ansible.utils.display"].logger = None
    logging.root.handlers.clear()
    logging.root.setLevel(logging.WARNING)


