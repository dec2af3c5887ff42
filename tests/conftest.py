"""Property tests draw the same examples in every run, and are not timed. Floors of the AUC have fewer partings here."""

import importlib

from hypothesis import settings

settings.register_profile("qgen", derandomize=True, deadline=None, max_examples=40, database=None)
settings.load_profile("qgen")

# A classifier is fitted to each parting: with all 59, evaluations would take most of the time of the tests.
importlib.import_module("qgen.metrics.classifier_auc").FITTED = 9
