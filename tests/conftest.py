"""Property tests draw the same examples in every run, and are not timed."""

from hypothesis import settings

settings.register_profile("qgen", derandomize=True, deadline=None, max_examples=40, database=None)
settings.load_profile("qgen")
