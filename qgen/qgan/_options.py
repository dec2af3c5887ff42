"""Options of the QGAN, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from numbers import Integral, Real
from typing import Any

from qgen.files import InputError

WHOLE: Mapping[str, int] = {
    "depth": 1,
    "n_latent": 0,
    "n_ancillas": 0,
    "n_patches": 0,
    "width": 1,
    "discriminator_depth": 1,
    "batch_size": 1,
    "validate_every": 1,
}
"""Whole numbers, and the least that each may be; a mode may ask for more."""
REAL: Mapping[str, tuple[float, float]] = {
    "spread": (0, inf),
    "offset": (0, inf),
    "pedestal": (0, inf),
    "correlation": (0, inf),
    "learning_rate": (0, inf),
    "discriminator_rate": (0, inf),
    "gradient_penalty": (0, inf),
    "averaging": (0, 1),
    "warm_up": (0, 1),
}
"""Numbers, with the least and the bound above that each stays below."""


def require_options(options: Mapping[str, Any]) -> None:
    """Check the numbers among the options.

    Raises:
        InputError: one that is no number, or out of range; a loss of pairs on batches of one.
    """
    for name, least in WHOLE.items():
        if not isinstance(options[name], Integral) or int(options[name]) < least:
            raise InputError(f"QGAN: expected {name} to be a whole number >= {least}, found {options[name]!r}")
    for name, (low, high) in REAL.items():
        value = options[name]
        if value is None and name == "gradient_penalty":
            continue
        if not isinstance(value, Real) or not low <= float(value) < high:
            below = "" if high == inf else f" and < {high}"
            raise InputError(f"QGAN: expected {name} to be a number >= {low}{below}, found {value!r}")
    if not isinstance(options["log_image"], bool):
        raise InputError(f"QGAN: expected log_image to be true or false, found {options['log_image']!r}")
    if options["loss"] == "mmd" and options["batch_size"] < 2:
        raise InputError("QGAN: expected batch_size >= 2 for loss 'mmd', which compares pairs, found 1")


def penalty_of(loss: str, discriminator: str, given: float | None) -> float:
    """gamma of the discriminator: what is given, else 0.1 for "bce" and 10 for "wgan-gp".

    A quantum discriminator has none, since not every backend has second derivatives.

    Raises:
        InputError: one for a quantum discriminator; "wgan-gp" is not bounded without.
    """
    quantum = discriminator == "quantum"
    usual = {"bce": 0.0 if quantum else 0.1, "wgan-gp": 10.0}[loss]
    penalty = usual if given is None else given
    if quantum and penalty:
        raise InputError(
            f"QGAN: expected loss 'bce' and no gradient_penalty with discriminator 'quantum', found {loss!r}, {penalty}"
        )
    return penalty
