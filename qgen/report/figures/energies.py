"""Energy spectra of showers by themselves, and their longitudinal profile."""

import numpy as np
from matplotlib.figure import Figure

from qgen.observables import layer_energies, response
from qgen.showers import Showers


def draw(showers: Showers) -> Figure:
    """Spectra of the incident energy and of the response, and the mean energy of every layer."""
    figure = Figure(figsize=(15, 4.6))
    spectrum, ratio, depth = figure.subplots(1, 3)
    spectrum.hist(showers.incident_energy / 1e3, bins=40, histtype="step", color="k")
    spectrum.set(xlabel="incident energy [GeV]", ylabel="showers")
    ratio.hist(response(showers), bins=60, histtype="step", color="k")
    ratio.set(xlabel="response  E_tot / E_inc", ylabel="showers")
    layers = layer_energies(showers).mean(axis=0)
    depth.stairs(layers, np.arange(len(layers) + 1), color="k")
    depth.set(xlabel="layer", ylabel="mean energy [MeV]")
    figure.suptitle(f"{len(showers)} {showers.particle} showers, {showers.geometry.name}")
    return figure


def caption(showers: Showers) -> tuple[str, str]:
    """Range of the incident energies, mean response."""
    low, high = (showers.incident_energy.min() / 1e3, showers.incident_energy.max() / 1e3)
    return (
        f"Incident energies from {low:.3g} to {high:.3g} GeV; response E_tot/E_inc with the mean "
        f"{response(showers).mean():.3g}; mean energy deposited in every layer.",
        f"Incident energy, response and energy by layer of {len(showers)} showers.",
    )
