"""What is strange about training showers? A generator learns whatever it is given, and draws it."""

import warnings

import numpy as np

from qgen.showers import Showers

FAR = 1e3
"""A response, or an incident energy, so many times the median is far from it."""
LEAST = 1e-8
"""Of the incident energy, no calorimeter's showers deposit less."""
MOST_EMPTY = 0.5


def warn_of_strange(showers: Showers) -> None:
    """Warn, in one line each, of showers that are likely damaged, or in other units than the rest."""
    energy, total = showers.incident_energy, showers.total_energy
    response = total / energy
    n = len(showers)
    if n_empty := int(np.sum(total == 0)):
        typical = float(np.median(response[total > 0])) if n_empty < n else 0.0
        if n_empty > MOST_EMPTY * n:
            _warn(f"{n_empty} of {n} training showers are empty")
    else:
        typical = float(np.median(response))
    if n_high := int(np.sum(response > FAR * typical)) if typical else 0:
        _warn(f"{n_high} of {n} training showers deposit more than {FAR:g} times the usual share of their energy")
    if 0 < typical < LEAST:
        _warn(f"training showers deposit {typical:.1g} of their energy")
    middle = float(np.median(energy))
    if n_far := int(np.sum((energy < middle / FAR**2) | (energy > middle * FAR**2))):
        _warn(f"{n_far} of {n} incident energies are more than {FAR**2:g} times smaller or larger than their median")


def _warn(what: str) -> None:
    warnings.warn(f"fit: {what}: are they damaged, or in other units?", stacklevel=4)
