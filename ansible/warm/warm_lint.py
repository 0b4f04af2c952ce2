"""ansible-lint as imported by a process that lives. It starts ansible's programs itself: those are asked of the warm ansible, where there is one."""
import os
import shutil
import socket
import subprocess
import sys
import types

import warm_ansible
import warm_program

SECONDS = 60.0
PROGRAMS = ("ansible-config", "ansible", "ansible-playbook")


class WarmLint(warm_ansible.WarmAnsible):
    set_right = frozenset(("XDG_CACHE_HOME",))

    def __init__(self, program):
        super().__init__(program)
        # It runs no tasks.
        self.forks_modules = False

    def _become(self, command, ends, answer):
        self._asked = command.get("ansible")
        super()._become(command, ends, answer)

    def _environment(self, wanted):
        super()._environment(wanted)
        # It does so itself before it imports ansible.
        os.environ.setdefault("ANSIBLE_DEVEL_WARNING", "false")

    def _fit(self, checks_itself):
        super()._fit(checks_itself)
        # Where its own news of releases lies; black, which reads the same, has read all it wants of it.
        config = sys.modules["ansiblelint.config"]
        if hasattr(config, "CACHE_DIR"):
            config.CACHE_DIR = os.path.expanduser(os.environ.get("XDG_CACHE_HOME", "~/.cache")) + "/ansible-lint"
        if self._asked is not None:
            for name in ("ansible_compat.config", "ansible_compat.runtime", "ansiblelint.rules.syntax_check"):
                module = sys.modules.get(name)
                if module is not None and getattr(module, "subprocess", None) is subprocess:
                    module.subprocess = asking(self._asked)


def asking(path):
    """The module `subprocess` with `run` and `check_output` that ask the warm ansible first."""
    shown = types.ModuleType("subprocess")
    vars(shown).update({name: value for name, value in vars(subprocess).items() if not name.startswith("__")})

    def run(words, *args, **kwargs):
        return warm_run(path, words, args, dict(kwargs)) or subprocess.run(words, *args, **kwargs)

    def check_output(words, *args, **kwargs):
        done = warm_run(path, words, args, dict(kwargs, stdout=subprocess.PIPE))
        if done is None:
            return subprocess.check_output(words, *args, **kwargs)
        done.check_returncode()
        return done.stdout

    shown.run, shown.check_output = run, check_output
    return shown


def warm_run(path, words, args, options):
    """None where it has to be spawned."""
    known = {"stdin", "stdout", "stderr", "shell", "check", "env", "cwd", "universal_newlines", "text", "encoding", "capture_output"}
    if args or not isinstance(words, (list, tuple)) or words[0] not in PROGRAMS or not known.issuperset(options):
        return None
    if options.pop("capture_output", False):
        options.update(stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if options.get("shell") or options.get("stdin") not in (None, subprocess.PIPE, subprocess.DEVNULL):
        return None
    environment = dict(os.environ if options.get("env") is None else options["env"])
    program = shutil.which(words[0], path=environment.get("PATH"))
    if program is None:
        return None
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(path)
            command = {"argv": [program] + [str(word) for word in words[1:]], "cwd": str(options.get("cwd") or os.getcwd()), "env": environment}
            said = warm_program.ask(connection, command, SECONDS)
    except OSError:
        return None
    if isinstance(said, str):
        return None
    code, out, err = said
    if options.get("universal_newlines") or options.get("text") or options.get("encoding"):
        out, err = (text.decode("utf-8", "strict").replace("\r\n", "\n").replace("\r", "\n") for text in (out, err))
    shown = [text if options.get(name) == subprocess.PIPE else None for name, text in (("stdout", out), ("stderr", err))]
    done = subprocess.CompletedProcess(words, code, *shown)
    if options.get("check"):
        done.check_returncode()
    return done
