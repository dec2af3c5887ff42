"""qgen: like-for-like comparison of quantum generative models of calorimeter showers."""

__version__ = "0.1.0"
