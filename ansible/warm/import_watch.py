"""What ansible evaluates while it is imported: settings and environment it reads, keywords whose defaults they are, calls at the exit."""
import atexit
import importlib.util
import os
import sys
import types


class ImportWatch:
    def __init__(self):
        # Name -> value; name -> places in the code; place -> keywords made there.
        self.settings, self._readers, self._defaults = {}, {}, {}
        self.environment, self.exit_calls = {}, []

    def __enter__(self):
        register, settings, readers, environment = atexit.register, self.settings, self._readers, self.environment

        def noted(call, *args, **kwargs):
            self.exit_calls.append((call, args, kwargs))
            return register(call, *args, **kwargs)

        atexit.register = noted
        from ansible import constants

        class Watched(types.ModuleType):
            def __getattribute__(self, name):
                value = types.ModuleType.__getattribute__(self, name)
                if not name.startswith("__"):
                    settings[name] = value
                    readers.setdefault(name, set()).add(place_of(sys._getframe(1)))
                return value

        class WatchedEnvironment(os._Environ):
            def __getitem__(self, name):
                environment[name] = self._data.get(os.fsencode(name))
                return super().__getitem__(name)

        constants.__class__ = Watched
        keywords_as_before = self._watch_defaults()
        os.environ.__class__ = WatchedEnvironment

        def put_back():
            keywords_as_before()
            constants.__class__ = types.ModuleType
            os.environ.__class__ = os._Environ
            atexit.register = register

        self._put_back = put_back
        return self

    def __exit__(self, *_):
        self._put_back()

    def call_at_exit(self):
        """In a fork: what a fresh process would have registered by now."""
        atexit._clear()
        for call, args, kwargs in self.exit_calls:
            if getattr(call, "__name__", "") != "cleanup_tmp_file":
                atexit.register(call, *args, **kwargs)

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

    def keywords(self, name):
        """The keywords whose default is this setting, when it is read for nothing else."""
        found = []
        for place in self._readers[name]:
            made = self._defaults.get(place, ())
            alone = [other for other, places in self._readers.items() if place in places] == [name]
            if len(made) != 1 or not alone or made[0].default is not self.settings[name]:
                return None
            found.append(made[0])
        return found


def load_file(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def place_of(frame):
    return frame.f_globals.get("__name__"), frame.f_lineno
