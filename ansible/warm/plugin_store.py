"""Plugins of ansible's own package, loaded before the fork and known by their file: a repo's plugin of the same name lies in another."""
import copy
import importlib
import os
import sys

from import_watch import load_file

PLUGIN_KINDS = "action become cache callback connection filter inventory lookup shell strategy test vars".split()


class PluginStore:
    def __init__(self):
        self._plugins, self._documentation = {}, {}

    def modules(self):
        return list(self._plugins.values())

    def named(self, name):
        """The module of that name; None where there is not just one."""
        found = [module for (full_name, _), module in self._plugins.items() if full_name == name]
        return found[0] if len(found) == 1 else None

    def load(self):
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

    def use(self):
        """In a fork: each is there when it is asked for, as if it were loaded then."""
        from ansible import constants
        from ansible.plugins import loader

        plugins, documentation = self._plugins, self._documentation
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
