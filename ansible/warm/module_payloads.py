"""What ansible sends to a host for the common modules, made before the fork: the module with all that it imports, in a zip.

Ansible makes it at the first use in a run and keeps it in the run's own folder; here that file is filled with what was made before from
the same texts. `texts`: those texts, compiled.
"""
import base64
import importlib
import io
import os
import sys
import zipfile

COMPRESSION = "ZIP_DEFLATED"


class Payloads:
    def __init__(self, modules):
        self._by_path, self._code, self._last = {}, {}, None
        try:
            self._common = importlib.import_module("ansible.executor.module_common")
            self._folder = os.path.join(os.path.dirname(sys.modules["ansible"].__file__), "modules")
            self._helpers = os.path.realpath(os.path.join(os.path.dirname(self._folder), "module_utils"))
            self._real = self._common._find_module_utils
            self._usable = self._only_own_helpers()
        except (ImportError, AttributeError):
            self._usable = False
        for module in modules if self._usable else ():
            self._make(module)

    def files(self):
        """Of what was taken from them: once they change, none of it holds."""
        top = os.path.dirname(os.path.dirname(self._folder)) if self._by_path else ""
        return {os.path.join(top, name) for _, _, _, names in self._by_path.values() for name in names}

    def _make(self, module):
        path, name = os.path.join(self._folder, module + ".py"), "ansible.modules." + module
        try:
            with open(path, "rb") as file:
                text = file.read()
            out = io.BytesIO()
            with zipfile.ZipFile(out, mode="w", compression=getattr(zipfile, COMPRESSION)) as made:
                self._common.recursive_finder(module, name, text, made)
                self._common._add_module_to_zip(made, name, text)
            names = made.namelist()
            with zipfile.ZipFile(out) as made:
                for entry in names:
                    source = made.read(entry)
                    if source not in self._code:
                        self._code[source] = compile(source, entry, "exec", dont_inherit=True)
        except Exception:
            return
        self._by_path[path] = (name, text, base64.b64encode(out.getvalue()), [one for one in names if os.path.basename(one) != "__init__.py"])

    def _only_own_helpers(self):
        """A folder `module_utils` of the repo, of a role or of the settings can stand in the place of ansible's."""
        folders = self._common.module_utils_loader._get_paths(subdirs=False)
        return all(os.path.realpath(folder) == self._helpers for folder in folders if os.path.isdir(folder))

    # -- in the fork ---------------------------------------------------------------------------------------------------------------

    def use(self):
        if not self._by_path:
            return
        constants = sys.modules["ansible.constants"]

        def find(module_name, data, path, arguments, variables, templar, compression, *args, **kwargs):
            self._last = None
            name, text, made, _ = self._by_path.get(path, (None, None, None, None))
            fits = text == data and compression == COMPRESSION and self._only_own_helpers()
            if fits:
                put_in_place(os.path.join(constants.DEFAULT_LOCAL_TMP, "ansiballz_cache"), "%s-%s" % (name, compression), made)
            found = self._real(module_name, data, path, arguments, variables, templar, compression, *args, **kwargs)
            if fits and made in found[0]:
                self._last = found[0]
            return found

        self._common._find_module_utils = find

    def is_last(self, script):
        """Whether a file holds what was sent last, and that is known."""
        try:
            with open(script, "rb") as file:
                return self._last is not None and file.read() == self._last
        except OSError:
            return False

    def known_texts(self):
        """In the fork that is a module: what it imports out of the zip need not be compiled."""
        try:
            import _imp
            import zipimport
            real, named = zipimport._compile_source, _imp._fix_co_filename
        except (ImportError, AttributeError):
            return
        known = self._code

        def quick(path, source):
            code = known.get(source)
            if code is None:
                return real(path, source)
            named(code, path)
            return code

        zipimport._compile_source = quick


def put_in_place(folder, name, content):
    path = os.path.join(folder, name)
    if os.path.exists(path):
        return
    os.makedirs(folder, exist_ok=True)
    with open("%s-%d" % (path, os.getpid()), "wb") as file:
        file.write(content)
    os.rename(file.name, path)
