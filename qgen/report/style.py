"""Looks for figures, as matplotlib settings.

"plain" is qgen's own. "atlas" and "cms" take fonts, ticks and label positions from mplhep's style dictionaries
(https://mplhep.readthedocs.io). No figure carries an experiment's label or logo: a style is a look, and says nothing
about the approval of a collaboration.

All three share the sizes below, chosen so that a figure that fills a slide is read from the back of a room.
"""

from collections.abc import Mapping
from typing import Any, Literal, get_args

from qgen.files import InputError

Name = Literal["plain", "atlas", "cms"]
NAMES: tuple[str, ...] = get_args(Name)

SIZES: Mapping[Any, Any] = {
    "font.size": 16,
    "axes.titlesize": 16,
    "axes.labelsize": 18,
    "xtick.labelsize": 15,
    "ytick.labelsize": 15,
    "legend.fontsize": 14,
    "legend.frameon": False,
    "legend.borderpad": 0.2,
    "axes.linewidth": 1.2,
    "lines.linewidth": 2,
    "lines.markersize": 7,
    "xtick.major.size": 7,
    "ytick.major.size": 7,
    "xtick.minor.size": 4,
    "ytick.minor.size": 4,
    "figure.constrained_layout.use": True,
    "savefig.dpi": 150,
}
"""What every style shares."""

_PLAIN: Mapping[Any, Any] = {"xtick.direction": "in", "ytick.direction": "in", "xtick.top": True, "ytick.right": True}
_OURS = ("figure.", "axes.prop_cycle", "axes.autolimit_mode", "axes.xmargin", "axes.formatter.limits")
"""What is not taken from mplhep: the size of the canvas, colours, limits of axes, and powers of ten beside them."""


def style(name: str) -> dict[Any, Any]:
    """The matplotlib settings of a style, for `matplotlib.rc_context`.

    Args:
        name: "plain", "atlas" or "cms". The last two resemble the figures of those experiments; they imply no
            approval by them.

    Raises:
        InputError: another name.
    """
    if name not in NAMES:
        raise InputError(f"style: expected one of {', '.join(NAMES)}, found {name!r}")
    if name == "plain":
        return {**_PLAIN, **SIZES}
    import mplhep  # registers the fonts that it ships (TeX Gyre Heros)

    look = getattr(mplhep.style, name.upper())
    return {**{key: value for key, value in look.items() if not str(key).startswith(_OURS)}, **SIZES}
