"""What ansible works out anew in every process though only a text decides it: kept by that text, so that a fork need not.

Each is guarded: where this version of ansible does not have it in the form that is expected, nothing is changed.
"""
import ast
import copy
import importlib
import os
import shutil
import sys

import module_payloads

COMMON_MODULES = """command copy file stat setup systemd service apt package user group lineinfile blockinfile replace template get_url uri slurp
    find ping unarchive assemble async_status""".split()


def gather():
    """Before the fork. Gives what `use` takes."""
    imports, payloads = imports_of_modules()
    return {"ssh": ask_ssh(), "templates": templates_of_settings(), "imports": imports, "payloads": payloads, "meta": builtin_meta()}


def use(known):
    """In the fork, before anything runs."""
    known_templates(known["templates"])
    known_imports(known["imports"])
    known_meta(known["meta"])
    if known["payloads"] is not None:
        known["payloads"].use()


def ask_ssh():
    """Whether this machine's ssh keeps connections; ansible remembers the answer itself. Gives the file that answered."""
    try:
        from ansible.utils.ssh_functions import check_for_controlpersist
        ssh = shutil.which("ssh")
        if ssh is not None:
            check_for_controlpersist("ssh")
        return ssh
    except Exception:
        return None


def templates_of_settings():
    """Defaults of settings are templates, compiled at every start."""
    from ansible import constants
    from ansible.config import manager

    known = {}
    try:
        environment = manager.NativeEnvironment()
        for definition in constants.config.get_configuration_definitions().values():
            default = definition.get("default")
            if isinstance(default, str) and "{{" in default:
                known[default] = environment.from_string(default)
    except Exception:
        return {}
    return known


def known_templates(known):
    from ansible.config import manager

    environment = getattr(manager, "NativeEnvironment", None)
    if environment is None or environment.__module__.partition(".")[0] != "jinja2":
        return

    class Remembering(environment):
        def from_string(self, source, *args, **kwargs):
            if args or kwargs:
                return super().from_string(source, *args, **kwargs)
            if source not in known:
                known[source] = super().from_string(source)
            return known[source]

    manager.NativeEnvironment = Remembering


def builtin_meta():
    """ansible.builtin's own list of moved plugins: long, and read at the first task."""
    try:
        from ansible.utils.collection_loader import _collection_finder as finder
        path = os.path.join(os.path.dirname(sys.modules["ansible"].__file__), "config", "ansible_builtin_runtime.yml")
        with open(path, "rb") as file:
            text = file.read()
        forms = (text, text.decode("utf-8"))
        return {form: finder._meta_yml_to_dict(form, ("ansible.builtin", "runtime.yml")) for form in forms}
    except Exception:
        return {}


def known_meta(known):
    try:
        from ansible.utils.collection_loader import _collection_finder as finder
        read = finder._meta_yml_to_dict
    except (ImportError, AttributeError):
        return
    used = set()

    def read_once(text, content_id):
        if text not in known:
            return read(text, content_id)
        first = id(known[text]) not in used
        used.add(id(known[text]))
        return known[text] if first else copy.deepcopy(known[text])

    finder._meta_yml_to_dict = read_once


class SeenSource:
    """Stands for the syntax tree of a text until somebody needs more of it than what it imports."""

    def __init__(self, text):
        self.text = text

    def tree(self):
        return compile(self.text, "<unknown>", "exec", ast.PyCF_ONLY_AST)


def look_up(known, visit, learn):
    def look(self, node):
        if not isinstance(node, SeenSource):
            return visit(self, node)
        key = (self.module_fqn, node.text, self.is_pkg_init)
        if key in known:
            self.submodules.update(known[key][0])
            self.optional_imports.update(known[key][1])
            return None
        self._tree = node.tree()
        visit(self, self._tree)
        return learn(key, (frozenset(self.submodules), frozenset(self.optional_imports)))

    return look


def imports_of_modules():
    """What the common modules and their helpers import of module_utils: (name, source, is package) -> what ansible's finder says; and the payloads."""
    known = {}
    try:
        from ansible.executor import module_common as common
        finder = common.ModuleDepFinder
        visit = finder.visit
    except (ImportError, AttributeError):
        return known, None

    common.compile, finder.visit = lambda text, *_: SeenSource(text), look_up(known, visit, known.__setitem__)
    try:
        payloads = module_payloads.Payloads(COMMON_MODULES)
    finally:
        del common.compile
        finder.visit = visit
    return known, payloads


def known_imports(known):
    if not known:
        return
    common = importlib.import_module("ansible.executor.module_common")
    visit = common.ModuleDepFinder.visit
    texts = {text for _, text, _ in known}

    def parse(text, *args):
        return SeenSource(text) if text in texts and args[1:] == ("exec", ast.PyCF_ONLY_AST) else compile(text, *args)

    look = look_up(known, visit, lambda *_: None)
    common.compile, common.ModuleDepFinder.visit = parse, look
