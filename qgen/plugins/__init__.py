"""How is a plug-in found by its name, kept with a run, and given its options?"""

from qgen.plugins.find import BUILTIN, archive, generators, name_of, near_miss, plugins, resolve

__all__ = ["BUILTIN", "archive", "generators", "name_of", "near_miss", "plugins", "resolve"]
