"""Options of the QGAN, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any, get_args

from qgen.files import InputError
from qgen.generators.qgan.discriminators import Kind
from qgen.generators.qgan.modes import MODES
from qgen.networks.discriminator import Game
from qgen.plugins.options import require_flags, require_real, require_whole

LOSSES = (*get_args(Game), "mmd")

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
BELOW: Mapping[str, float] = {
    "spread": inf,
    "offset": inf,
    "pedestal": inf,
    "correlation": inf,
    "learning_rate": inf,
    "discriminator_rate": inf,
    "averaging": 1,
    "warm_up": 1,
}
"""Numbers of 0 or more, and what each stays below."""


def require_options(options: Mapping[str, Any]) -> None:
    """Check options.

    Raises:
        InputError: a number that is none, or out of range; an unknown mode, loss or discriminator; a loss of pairs on
            batches of one, or a gradient penalty that does not fit loss and discriminator.
    """
    for name, known in (("mode", MODES), ("loss", LOSSES), ("discriminator", get_args(Kind))):
        if not isinstance(options[name], str) or options[name] not in known:
            raise InputError(f"QGAN: expected a {name} of {', '.join(known)}, found {options[name]!r}")
    require_whole("QGAN", options, WHOLE)
    require_real("QGAN", options, BELOW)
    if options["gradient_penalty"] is not None:
        require_real("QGAN", options, {"gradient_penalty": inf})
    require_flags("QGAN", options, ["log_image"])
    if options["loss"] == "mmd" and options["batch_size"] < 2:
        raise InputError("QGAN: expected batch_size >= 2 for loss 'mmd', which compares pairs, found 1")
    if options["loss"] != "mmd":
        penalty_of(options["loss"], options["discriminator"], options["gradient_penalty"])


def penalty_of(loss: str, discriminator: str, given: float | None) -> float:
    """gamma of the discriminator: what is given, else 0.1 for "bce" and 10 for "wgan-gp".

    A quantum discriminator has none, since not every backend has second derivatives.

    Raises:
        InputError: one for a quantum discriminator, none for "wgan-gp", which is not bounded without.
    """
    quantum = discriminator == "quantum"
    usual = {"bce": 0.0 if quantum else 0.1, "wgan-gp": 10.0}[loss]
    penalty = usual if given is None else given
    if quantum and penalty:
        raise InputError(
            f"QGAN: expected loss 'bce' and no gradient_penalty with discriminator 'quantum', found {loss!r}, {penalty}"
        )
    if loss == "wgan-gp" and not penalty:
        raise InputError("QGAN: expected gradient_penalty > 0 with loss 'wgan-gp', whose critic is not bounded without")
    return penalty
