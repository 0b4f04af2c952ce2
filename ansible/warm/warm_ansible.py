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
import os
import random
import select
import signal
import socket
import sys
import threading
import traceback
import types

import pure_answers

ANSWER_SECONDS = 5.0
MARK = "CHIFFON_RUN_ID"
MARK_ROOM = 160
OWN = ("ANSIBLE_", "CHIFFON_")
# Set right in the fork: see `_fit`.
COWS = frozenset(("ANSIBLE_NOCOWS", "ANSIBLE_COW_PATH", "ANSIBLE_COW_SELECTION", "ANSIBLE_COW_WHITELIST", "ANSIBLE_COW_ACCEPTLIST"))
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


class DoesNotFit(Exception):
    """A fresh process has to do it; the text says why."""


class WarmAnsible:
    def __init__(self, program):
        self.program = program
        self._reads = {}
        self._environment_reads = {}
        self._exit_calls = []
        self._files = {}
        self._plugins = {}
        self._documentation = {}
        self._start_environment = {name: value for name, value in os.environ.items() if name != MARK}
        os.environ.pop(MARK, None)
        before = descriptors()
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

        reads, environment_reads = self._reads, self._environment_reads

        class Watched(types.ModuleType):
            def __getattribute__(self, name):
                value = types.ModuleType.__getattribute__(self, name)
                if not name.startswith("__"):
                    reads[name] = value
                return value

        class WatchedEnvironment(os._Environ):
            def __getitem__(self, name):
                environment_reads[name] = self._data.get(os.fsencode(name))
                return super().__getitem__(name)

        constants.__class__ = Watched
        os.environ.__class__ = WatchedEnvironment
        try:
            from ansible.cli.playbook import main
            for name in LATE:
                try:
                    importlib.import_module(name)
                except ImportError:
                    continue
            self._load_plugins()
        finally:
            constants.__class__ = types.ModuleType
            os.environ.__class__ = os._Environ
            atexit.register = register
        self.main = main
        self._constants = constants
        self._manager = manager
        self._base = manager.ConfigManager._read_config_yaml_file
        self._definitions = None
        self._read_definitions()
        self._answers = pure_answers.gather()
        self._forget_caches()
        self._watch_files()

    def _load_plugins(self):
        """Plugins of ansible's own package, by the file they came from: a repo's plugin of the same name lies in another."""
        from ansible.plugins import loader

        before = set(sys.modules)
        for kind in PLUGIN_KINDS:
            plugins = getattr(loader, kind + "_loader", None)
            if plugins is None or not plugins.package:
                continue
            package = importlib.import_module(plugins.package)
            for folder in list(package.__path__)[:1]:
                for name in sorted(os.listdir(folder)):
                    if name.endswith(".py") and name != "__init__.py":
                        self._load_plugin(plugins, name[:-3], os.path.join(folder, name))
        # A fresh process has none of them loaded; the fork puts each back when it is asked for.
        for name in set(sys.modules) - before:
            module = sys.modules[name]
            package, _, last = name.rpartition(".")
            if package.startswith("ansible.plugins.") and (name, getattr(module, "__file__", None)) in self._plugins:
                del sys.modules[name]
                if getattr(sys.modules.get(package), last, None) is module:
                    delattr(sys.modules[package], last)

    def _load_plugin(self, plugins, name, path):
        full_name = plugins.package + "." + name
        try:
            module = sys.modules.get(full_name)
            if module is None:
                spec = importlib.util.spec_from_file_location(full_name, path)
                module = importlib.util.module_from_spec(spec)
                sys.modules[full_name] = module
                spec.loader.exec_module(module)
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
        paths = {getattr(module, "__file__", None) for module in modules} | {self.program, self._definitions_file, sys.executable}
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
        ours, theirs = socket.socketpair()
        child = os.fork()
        if child == 0:
            try:
                ours.close()
                self._become(command, (null, out, err, secrets), theirs)
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
            for end, place in zip(ends, (0, 1, 2, 60)):
                os.dup2(end, place)
            close_others(self.descriptors | {0, 1, 2, 60, answer.fileno()})
            environment = dict(command["env"], CHIFFON_RUN_ID=command["runId"], CHIFFON_SECRETS_FD="60")
            self._environment(environment)
            write_mark(command["runId"])
            os.chdir(command["cwd"])
            sys.argv = list(command["argv"])
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
        run_to_the_end(self.main)

    def _environment(self, wanted):
        differing = [name for name in set(wanted) | set(self._start_environment)
                     if not name.startswith(OWN) and wanted.get(name) != self._start_environment.get(name)]
        differing += [name for name, value in self._environment_reads.items()
                      if name.startswith(OWN) and (os.fsencode(wanted[name]) if name in wanted else None) != value]
        if differing:
            raise DoesNotFit("the environment differs in " + ", ".join(sorted(differing)))
        os.environ.clear()
        os.environ.update(wanted)

    def _fit(self, checks_itself):
        """Everything that ansible evaluated when it was imported, as this run's settings have it. The check at the start has other settings."""
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
        for plugins in {id(one): one for _, one in loader.get_all_plugin_loaders()}.values():
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
            elif name not in COWS and name not in FINDER and not checks_itself:
                raise DoesNotFit("settings: %s is read when ansible is imported" % name)
        loader._PLUGIN_FILTERS = loader._load_plugin_filter()
        self._cows()
        self._collections(loader)
        self._preloaded(loader)
        cli = sys.modules["ansible.cli"]
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
        as_usual = list(fragments.config)
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
            if kind is None or getattr(module, "__file__", None) != path or fragments._extra_dirs or as_usual != list(fragments.config):
                return define(self, name, module, path)
            if kind in constants.CONFIGURABLE_PLUGINS and not constants.config.has_configuration_definition(kind, name):
                constants.config.initialize_plugin_configuration_definitions(kind, name, copy.deepcopy(options) if path in used else options)
                used.add(path)
            return None

        loader.PluginLoader._load_module_source = load_module
        loader.PluginLoader._load_config_defs = load_definitions


def file_mark(path):
    try:
        found = os.stat(path)
        return found.st_mtime_ns, found.st_size, found.st_ino
    except OSError:
        return None


def hear(end, seconds):
    """A line; "" is the good one."""
    text = b""
    while not text.endswith(b"\n"):
        ready, _, _ = select.select([end], [], [], seconds)
        data = end.recv(4096) if ready else b""
        if not data:
            return "no answer from the warm process"
        text += data
    return text[:-1].decode("utf-8", "replace")


def plain_signals():
    """As a fresh Python has them."""
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])


def descriptors():
    return {int(name) for name in os.listdir("/proc/self/fd")}


def close_others(kept):
    for fd in descriptors() - kept:
        try:
            os.close(fd)
        except OSError:
            pass  # the one by which the list was read


def write_mark(run_id):
    """Into the memory that /proc/PID/environ shows: by it every process of a run is found, also the forks, which no exec gives a new environment."""
    mark = os.fsencode(run_id)
    with open("/proc/self/stat", "rb") as file:
        fields = file.read().rpartition(b")")[2].split()
    begin = int(fields[47])
    with open("/proc/self/environ", "rb") as file:
        environment = file.read()
    name = MARK.encode() + b"="
    place = 0 if environment.startswith(name) else environment.find(b"\0" + name) + 1
    if not environment[place:].startswith(name) or len(mark) >= MARK_ROOM:
        raise DoesNotFit("no room for the mark of the run")
    with open("/proc/self/mem", "r+b", buffering=0) as file:
        file.seek(begin + place + len(name))
        file.write(mark.ljust(MARK_ROOM, b"\0"))
    with open("/proc/self/environ", "rb") as file:
        if name + mark not in file.read().split(b"\0"):
            raise DoesNotFit("the mark of the run cannot be written")
    with open("/proc/self/comm", "wb") as file:
        file.write(b"ansible-playbook")


def run_to_the_end(main):
    """What the interpreter does with a script, up to the end of the process."""
    code, interrupted = 0, False
    try:
        sys.exit(main())
    except SystemExit as end:
        code = end.code
        if code is None:
            code = 0
        elif not isinstance(code, int):
            print(code, file=sys.stderr)
            code = 1
    except KeyboardInterrupt:
        traceback.print_exc()
        interrupted = True
    except BaseException:
        traceback.print_exc()
        code = 1
    try:
        threading._shutdown()
    finally:
        try:
            atexit._run_exitfuncs()
        finally:
            for stream in (sys.stdout, sys.stderr):
                try:
                    stream.flush()
                except (OSError, ValueError):
                    code = code or 120
            if interrupted:
                signal.signal(signal.SIGINT, signal.SIG_DFL)
                os.kill(os.getpid(), signal.SIGINT)
            os._exit(code & 0xFF)
