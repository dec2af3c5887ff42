"""Options of the CaloQVAE, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any

from qgen.plugins.options import require_flags, require_real, require_whole

WHOLE = dict.fromkeys(("width", "n_chains", "batch_size", "validate_every"), 1) | {"sweeps_per_step": 0}
"""Whole numbers, and the least that each may be."""
REAL = ("learning_rate", "prior_learning_rate", "weight_decay", "tau_start", "tau_end", "warm_up", "freeze_from")
"""Numbers of 0 or more."""
FLAGS = ("conditioned", "layer_fractions", "turns")


def require_options(options: Mapping[str, Any]) -> None:
    """Check numbers and switches.

    Raises:
        InputError: one that is out of range.
    """
    require_whole("CaloQVAE", options, WHOLE)
    require_real("CaloQVAE", options, dict.fromkeys(REAL, inf))
    require_flags("CaloQVAE", options, FLAGS)
