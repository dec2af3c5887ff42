"""Log-likelihood of the latents while a Boltzmann machine is trained."""

import numpy as np
from matplotlib.figure import Figure

from qgen.report import Row, Scoreboard
from qgen.report.figures.training import LOG_PRIOR, trained
from qgen.report.panels import counted, look, name, numbers

PLACE = "Training", 150


def needs(scoreboard: Scoreboard) -> str:
    """Needs `log_prior` in the history of a row."""
    return "" if _rows(scoreboard) else "a generator whose prior is a Boltzmann machine (`log_prior`)"


def draw(scoreboard: Scoreboard) -> Figure:
    """ln p(z | c) of the validation showers' latents z under every prior [nat] against the epoch.

    The band is half the range over the training seeds on either side, none with a single seed.
    """
    figure = Figure(figsize=(6.4, 4.4))
    ax = figure.subplots()
    for row in _rows(scoreboard):
        colour = look(scoreboard, row)["color"]
        curve, epoch = row["history"]["curves"][LOG_PRIOR], numbers(row["history"]["epoch"])
        mean, low, high = (numbers(curve[key]) for key in ("mean", "low", "high"))
        recorded, half = np.isfinite(mean), (high - low) / 2
        band = ((mean - half)[recorded], (mean + half)[recorded])
        ax.fill_between(epoch[recorded], *band, color=colour, alpha=0.25, lw=0)
        ax.plot(epoch[recorded], mean[recorded], color=colour, label=name(row, 40))
    ax.set_xlabel("epoch")
    ax.set_ylabel(r"mean of $\ln p(s)$ [nat]")
    ax.legend(loc="best")
    return figure


def caption(scoreboard: Scoreboard) -> tuple[str, str]:
    """How it is measured, and how to read a fall."""
    rows = _rows(scoreboard)
    return (
        "Mean of ln p(z | c) over the validation showers' latents z, with ln Z by annealed importance sampling; bands "
        "are half the range over training seeds. It falls where the encoder puts more into the latents: see the bound.",
        f"Log-likelihood of the latents under the prior of {counted(rows)} while it is trained.",
    )


def _rows(scoreboard: Scoreboard) -> list[Row]:
    return [row for row in trained(scoreboard) if LOG_PRIOR in row["history"]["curves"]]
