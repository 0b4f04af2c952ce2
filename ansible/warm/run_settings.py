"""All settings of a run in a fork, read anew by ansible's own code, and what was evaluated with others when ansible was imported."""
import logging
import os
import sys

from process_state import DoesNotFit

# Set right in the fork: see `apply`.
COWS = frozenset(("ANSIBLE_NOCOWS", "ANSIBLE_COW_PATH", "ANSIBLE_COW_SELECTION", "ANSIBLE_COW_WHITELIST", "ANSIBLE_COW_ACCEPTLIST"))
COLOURS = frozenset(("ANSIBLE_NOCOLOR", "ANSIBLE_FORCE_COLOR"))
FINDER = frozenset(("COLLECTIONS_PATHS", "COLLECTIONS_SCAN_SYS_PATH"))
# Read when it is used, and looked at by name.
HARMLESS = frozenset(("config", "PLUGIN_FILTERS_CFG", "VERBOSE_TO_STDERR"))


class RunSettings:
    def __init__(self, watch):
        """`watch`: what was read while ansible was imported."""
        from ansible import constants
        from ansible.config import manager

        self._watch, self._constants, self._manager = watch, constants, manager
        self._base = manager.ConfigManager._read_config_yaml_file
        # Ansible's list of settings as it is read from its file: a fork gets it as the fresh copy that it is.
        self.file = os.path.join(os.path.dirname(manager.__file__), "base.yml")
        self._definitions = self._base(constants.config, self.file) if os.path.exists(self.file) else None

    def apply(self, checks_itself):
        """The check at the start has settings of its own."""
        constants, loader = self._constants, sys.modules["ansible.plugins.loader"]
        self._read(constants)
        lists = {id(value): name for name, value in self._watch.settings.items() if isinstance(value, list)}
        by_loader = {}
        loaders = list({id(one): one for _, one in loader.get_all_plugin_loaders()}.values())
        for plugins in loaders:
            name = lists.get(id(plugins.config))
            if name is not None:
                by_loader.setdefault(name, []).append(plugins)
        for name, before in self._watch.settings.items():
            after = getattr(constants, name, None)
            if name in HARMLESS or not name.isupper() or after == before and type(after) is type(before):
                continue
            if name in by_loader:
                for plugins in by_loader[name]:
                    plugins.config = after
            elif self._watch.keywords(name):
                for keyword in self._watch.keywords(name):
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
        find_collections_anew(loader)

    def _read(self, constants):
        manager = self._manager.ConfigManager
        manager.WARNINGS, manager.DEPRECATED = set(), []
        definitions, file, base = self._definitions, self.file, self._base

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


def find_collections_anew(loader):
    if not hasattr(loader, "_configure_collection_loader"):
        return
    loader._AnsibleCollectionFinder._remove()
    for name in [name for name in sys.modules if name.partition(".")[0] == "ansible_collections"]:
        del sys.modules[name]
    loader._configure_collection_loader()


def no_log():
    """Undoes what ansible does when it is imported with a log."""
    sys.modules["ansible.utils.display"].logger = None
    logging.root.handlers.clear()
    logging.root.setLevel(logging.WARNING)
