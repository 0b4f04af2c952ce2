"""A module of ansible's own on this machine as a fork of its worker, where ansible would start a shell and a fresh Python for it.

Half of a short run is that Python: it starts, and compiles the same texts each time. What is forked has the same file as its program, at
the same place, with the same arguments, descriptors, environment and process group. Only modules of ansible's own package that were
known before (module_payloads.py), over ansible's own connection `local`, without becoming somebody else; all else goes the usual way.
"""
import gc
import io
import locale
import logging
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import types
import urllib.request
import warnings

import process_state

COMMAND = re.compile(rb"/bin/sh -c '(/[\w./+-]+) (/[\w./+-]+/AnsiballZ_\w+\.py) && sleep 0'")
# Imported anew by whoever needs them: they keep what belongs to the worker.
STATEFUL = ("ansible", "ansible_collections", "__main__", "__mp_main__", "multiprocessing", "concurrent")
# What is dropped must not be collected: its descriptors have other owners now.
KEPT = []


class FreshPython:
    """What a Python is like that has imported nothing of ansible: taken before the import, put back for a module."""

    def __init__(self):
        self.meta_path, self.path_hooks = list(sys.meta_path), list(sys.path_hooks)
        self.filters, self.path = list(warnings.filters), sys.path[1:]

    def put_back(self, script):
        KEPT.extend((dict(sys.modules), sys.stdin, sys.stdout, sys.stderr, list(logging.root.handlers)))
        gc.freeze()
        for name in [name for name in sys.modules if name.partition(".")[0] in STATEFUL or name in process_state.OWN_MODULES]:
            del sys.modules[name]
        sys.meta_path[:], sys.path_hooks[:], sys.path[:] = self.meta_path, self.path_hooks, [os.path.dirname(script)] + self.path
        sys.path_importer_cache.clear()
        warnings.filters[:] = self.filters
        warnings._filters_mutated()
        logging.root.handlers.clear()
        logging.root.setLevel(logging.WARNING)
        locale.setlocale(locale.LC_ALL, "C")
        locale.setlocale(locale.LC_CTYPE, "")
        socket.setdefaulttimeout(None)
        urllib.request.install_opener(None)
        tempfile.tempdir = None
        random.seed()
        reader, writer, errors = sys.stdin, sys.stdout, sys.stderr
        sys.stdin = sys.__stdin__ = open(0, "r", encoding=reader.encoding, errors="strict", closefd=False)
        sys.stdout = sys.__stdout__ = open(1, "w", encoding=writer.encoding, errors="strict", closefd=False)
        sys.stderr = sys.__stderr__ = io.TextIOWrapper(
            open(2, "wb", buffering=0, closefd=False), encoding=errors.encoding, errors="backslashreplace", line_buffering=True, write_through=True)


def same_python(program):
    return os.path.realpath(program) == os.path.realpath(sys.executable) and os.path.dirname(program) == os.path.dirname(sys.executable)


def of_a_shell():
    """Whether a shell adds to the environment of what it starts only the folder; others (bash) add more."""
    try:
        words = ["/bin/sh", "-c", "/bin/sh -c 'env && sleep 0'"]
        said = subprocess.run(words, env={"PATH": os.defpath}, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=5, check=True)
        return sorted(said.stdout.split()) == sorted([b"PATH=" + os.defpath.encode(), b"PWD=/"])
    except (OSError, subprocess.SubprocessError):
        return False


def use(module, fresh, payloads):
    """In the fork of ansible: `module` is its connection plugin `local`."""
    shown = types.ModuleType("subprocess")
    vars(shown).update({name: value for name, value in vars(subprocess).items() if not name.startswith("__")})

    class Popen(subprocess.Popen):
        def _execute_child(self, args, executable, preexec_fn, close_fds, pass_fds, cwd, env, startupinfo, creationflags, shell,
                           p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, *more):
            found = COMMAND.fullmatch(args) if isinstance(args, bytes) and shell and executable == "/bin/sh" else None
            script = None if found is None or preexec_fn or pass_fds or env is not None else os.fsdecode(found[2])
            if script is None or -1 in (p2cread, c2pwrite, errwrite) or "PWD" in os.environ or not os.access(cwd or b".", os.X_OK) \
                    or not same_python(os.fsdecode(found[1])) or not payloads.is_last(script):
                return super()._execute_child(args, executable, preexec_fn, close_fds, pass_fds, cwd, env, startupinfo, creationflags, shell,
                                              p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, *more)
            self.pid = os.fork()
            if self.pid == 0:
                try:
                    os.chdir(cwd or b".")
                    become(os.fsdecode(found[1]), script, (p2cread, c2pwrite, errwrite), fresh, payloads)
                finally:
                    os._exit(254)
            self._child_created = self._is_module = True
            self._close_pipe_fds(p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite)
            return None

        def communicate(self, *args, **kwargs):
            out, err = super().communicate(*args, **kwargs)
            number = -(self.returncode or 0)
            if getattr(self, "_is_module", False) and number > 0:
                # As the shell tells it.
                self.returncode = 128 + number
                err = (err or b"") + (b"" if number in (signal.SIGINT, signal.SIGPIPE) else (signal.strsignal(number) or "").encode() + b"\n")
            return out, err

    shown.Popen = Popen
    module.subprocess = shown


def become(interpreter, script, ends, fresh, payloads):
    for place, end in enumerate([os.dup(end) if end < 3 else end for end in ends]):
        os.dup2(end, place)
    process_state.close_others({0, 1, 2})
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    with open("/proc/self/comm", "wb") as file:
        file.write(os.path.basename(interpreter).encode())
    os.environ["PWD"] = os.getcwd()
    fresh.put_back(script)
    payloads.known_texts()
    process_state.forget_exit_calls()
    sys.argv, sys.orig_argv = [script], [interpreter, script]
    main = types.ModuleType("__main__")
    main.__file__ = script
    sys.modules["__main__"] = main

    def run():
        with open(script, "rb") as file:
            code = compile(file.read(), script, "exec", dont_inherit=True)
        exec(code, vars(main))

    process_state.run_to_the_end(run)
