"""Property tests draw the same examples in every run, and are not timed. Floors have fewer partings here, and
comparisons one figure: all of them take 20 seconds, and have tests of their own.
"""

import importlib
import os
import tempfile

from hypothesis import settings

settings.register_profile("qgen", derandomize=True, deadline=None, max_examples=40, database=None)
settings.load_profile("qgen")

# With all 199 partings, and a classifier fitted to 39 of them, floors would take most of the time of the tests.
importlib.import_module("qgen.evaluation.resampling").N_PARTINGS = 59
importlib.import_module("qgen.metrics.classifier_auc").FITTED = 5
importlib.import_module("qgen.comparison.compare").write_report.__defaults__ = ("plain", ("scores",), (), ())

os.environ["XDG_CONFIG_HOME"] = tempfile.mkdtemp(prefix="qgen-tests-")  # the user's key, see qgen.plugins.signature


def pytest_collection_modifyitems(items):
    """The blocks of README and docs first: they take longest, and would keep one core busy alone at the end."""
    items.sort(key=lambda item: "test_readme.py" not in item.nodeid)
